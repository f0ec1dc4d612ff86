"use strict";

const assert = require("node:assert/strict");
const { execFileSync, spawn } = require("node:child_process");
const crypto = require("node:crypto");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const test = require("node:test");
const zlib = require("node:zlib");

const { unknownInputs } = require("../inputs.js");
const { exportedVariables, exportProgram, exportVariables } = require("../later_steps.js");
const {
  bundledProgram, findProgram, keepEnvironment, lastCommand, mainCommand, namedVariables, platformName, programEnvironment,
  restoreEnvironment,
} = require("../launcher.js");

/** A new temporary folder with the given files. */
function temporaryFolder(files = {}) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "launcher-"));
  for (const [name, content] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), content, { mode: 0o755 });
  }
  return folder;
}

const emptyFolder = temporaryFolder();

test("inputs that are settings become variables, and the program learns which", () => {
  const environment = programEnvironment({
    PATH: "/bin",
    GITHUB_RUN_ID: "7",
    BUILDHOOK_INPUTS: "secret",
    BUILDHOOK_UNKNOWN_INPUTS: "x",
    INPUT_EVENT: "auto",
    INPUT_URL: "https://hooks.example/x",
    INPUT_FIELDS: "a=1\nb=2 ",
    "INPUT_FAIL-ON-ERROR": "false",
    INPUT_SECRET: " ",
    INPUT_STREAM: "nightlies",
    "INPUT_STATE-DIR": "/state",
    INPUT_NEEDS: "{}",
    INPUT_MATRIX: '{"a": 1}',
    INPUT_JOB: "build",
    "INPUT_JOB-INDEX": "2",
    "INPUT_JOB-STATUS": "success",
  });
  assert.deepEqual(environment, {
    PATH: "/bin",
    GITHUB_RUN_ID: "7",
    BUILDHOOK_URL: "https://hooks.example/x",
    BUILDHOOK_FIELDS: "a=1\nb=2 ",
    BUILDHOOK_FAIL_ON_ERROR: "false",
    BUILDHOOK_ACTION_EVENT: "auto",
    BUILDHOOK_JOB_ID: "build/2",
    BUILDHOOK_MATRIX: '{"a": 1}',
    BUILDHOOK_INPUTS: "needs,url,fail-on-error,fields,matrix",
  });
});

test("names of unknown inputs are passed on, without their values", () => {
  const inputs = { INPUT_URL: "x", "INPUT_WEBHOOK-URL": "https://a.example/T0KEN", INPUT_SECRT: "s", "INPUT_A\n,B": "c", "INPUT_JOB-INDEX": "" };
  assert.deepEqual(unknownInputs(inputs), ["a??b", "secrt", "webhook-url"]);
});

test("an empty secret is passed on as such, if it was given, and if there is a URL", () => {
  const secret = environment => {
    const { BUILDHOOK_SECRET, BUILDHOOK_INPUTS } = programEnvironment({ INPUT_URL: "https://a.example", ...environment });
    return [BUILDHOOK_SECRET, BUILDHOOK_INPUTS.split(",").includes("secret")];
  };
  assert.deepEqual(secret({ INPUT_SECRET: "" }), ["", true]);
  assert.deepEqual(secret({ INPUT_SECRET: " " }), [undefined, false], "the default");
  assert.deepEqual(secret({}), [undefined, false]);
  assert.deepEqual(secret({ INPUT_SECRET: "", BUILDHOOK_SECRET: "s" }), ["s", false]);
  assert.deepEqual(secret({ INPUT_SECRET: "", INPUT_URL: "" }), [undefined, false]);
  assert.deepEqual(secret({ INPUT_SECRET: "", INPUT_URL: "", BUILDHOOK_CONFIG: "x = 1" }), [undefined, false]);
});

test("the runner identifies the job, except in a matrix of runners that do not", () => {
  const jobId = environment => {
    const complete = { INPUT_EVENT: "finished", INPUT_URL: "x", INPUT_JOB: "build", ...environment };
    const id = programEnvironment(complete).BUILDHOOK_JOB_ID;
    // Later steps get the user's id anyway.
    assert.equal(exportedVariables(complete).BUILDHOOK_JOB_ID, id === environment.BUILDHOOK_JOB_ID ? undefined : id);
    return id;
  };
  const linux = { INPUT_MATRIX: '{\n  "os": "linux"\n}' };
  assert.equal(jobId({ ...linux, "INPUT_JOB-INDEX": "1" }), "build/1");
  assert.equal(jobId({ ...linux, "INPUT_JOB-INDEX": "1", INPUT_JOB: "", GITHUB_JOB: "build" }), "build/1");
  assert.equal(jobId({ ...linux, "INPUT_JOB-INDEX": "1", ACTIONS_ORCHESTRATION_ID: "7.build.linux" }), undefined);
  assert.equal(jobId({ ...linux, "INPUT_JOB-INDEX": "1", ACTIONS_ORCHESTRATION_ID: "" }), "build/1");
  assert.equal(jobId({ ...linux, "INPUT_JOB-INDEX": "1", BUILDHOOK_JOB_ID: "mine" }), "mine");
  assert.match(jobId(linux), /^build\/[0-9a-f]{8}$/);
  assert.notEqual(jobId(linux), jobId({ INPUT_MATRIX: '{"os": "macos"}' }));
  for (const matrix of ["", "null", "{}", "{ }\n"]) {
    assert.equal(jobId({ INPUT_MATRIX: matrix, "INPUT_JOB-INDEX": "0" }), undefined);
  }
});

test("the program gets the event, and the matrix of a matrix job", () => {
  const passed = environment => {
    const { BUILDHOOK_ACTION_EVENT, BUILDHOOK_MATRIX } = programEnvironment({ INPUT_URL: "x", ...environment });
    return [BUILDHOOK_ACTION_EVENT, BUILDHOOK_MATRIX];
  };
  const matrix = '{\n  "os": "linux",\n  "debug": true\n}';
  for (const event of ["auto", "triggered", "finished", "release-created"]) {
    assert.deepEqual(passed({ INPUT_EVENT: event, INPUT_MATRIX: matrix }), [event, matrix]);
    assert.deepEqual(passed({ INPUT_EVENT: event, INPUT_MATRIX: matrix, ACTIONS_ORCHESTRATION_ID: "x" }), [event, matrix]);
    for (const none of ["", "null", "{}"]) {
      assert.deepEqual(passed({ INPUT_EVENT: event, INPUT_MATRIX: none }), [event, undefined]);
    }
  }
});

test("without an endpoint the URL is empty, so that the program exits without sending", () => {
  const url = environment => programEnvironment({ INPUT_EVENT: "auto", GITHUB_WORKSPACE: emptyFolder, ...environment }).BUILDHOOK_URL;
  assert.equal(url({ INPUT_URL: "" }), "");
  assert.equal(url({ BUILDHOOK_URL: "https://a.example" }), "https://a.example");
  assert.equal(url({ BUILDHOOK_URL_2: "https://a.example" }), undefined);
  assert.equal(url({ INPUT_CONFIG: "hooks.toml" }), undefined);
  assert.equal(url({ GITHUB_WORKSPACE: temporaryFolder({ ".github/buildhook.toml": "" }) }), "", "no file in the checkout is read");
});

test("the result is the input `status`, else that of the job, unless the program derives it from `needs`", () => {
  const variables = environment => mainCommand({ INPUT_EVENT: "finished", "INPUT_JOB-STATUS": "Cancelled", ...environment }).variables;
  assert.deepEqual(variables({}), { BUILDHOOK_STATUS: "aborted" });
  assert.deepEqual(variables({ "INPUT_JOB-STATUS": "failure" }), { BUILDHOOK_STATUS: "failed" });
  assert.deepEqual(variables({ INPUT_STATUS: "success" }), { BUILDHOOK_STATUS: "success" });
  for (const needs of ['{\n  "a": {"result": "failure", "outputs": {}}\n}', "{}", "not JSON"]) {
    assert.deepEqual(variables({ INPUT_NEEDS: needs }), { BUILDHOOK_NEEDS: needs });
    assert.deepEqual(variables({ INPUT_NEEDS: needs, INPUT_STATUS: "success" }), { BUILDHOOK_NEEDS: needs, BUILDHOOK_STATUS: "success" });
  }
  for (const event of ["triggered", "moved"]) {
    assert.equal(mainCommand({ INPUT_EVENT: event, INPUT_NEEDS: "{}" }).variables, undefined);
  }
});

test("each event runs one command", () => {
  const command = (event, inputs = {}) => mainCommand({ INPUT_EVENT: event, "INPUT_JOB-STATUS": "success", ...inputs });
  assert.deepEqual(command("auto"), { arguments: ["triggered"] });
  assert.deepEqual(command("triggered"), { arguments: ["triggered"] });
  assert.deepEqual(command("finished"), { arguments: ["finished"], variables: { BUILDHOOK_STATUS: "success" } });
  assert.deepEqual(command("created", { INPUT_ARTIFACTS: "\n out/*.apk \n-x.ipa\n" }), { arguments: ["created", "--", "out/*.apk", "-x.ipa"] });
  assert.deepEqual(command("moved"), { arguments: ["moved"] });
  assert.deepEqual(command("release-updated"), { arguments: ["release", "updated"] });
  assert.throws(() => command("started"), /input event: found `started`, expected auto,/);
  assert.throws(() => command("created"), /input artifacts is empty/);
});

test("one command reports the end of a job, with its result and its artifacts", () => {
  const command = (jobStatus, inputs = {}) => lastCommand({ INPUT_EVENT: "auto", "INPUT_JOB-STATUS": jobStatus, ...inputs });
  const finished = (status, ...artifacts) => ({ arguments: ["finished", ...artifacts], variables: { BUILDHOOK_STATUS: status } });
  assert.deepEqual(command("success"), finished("success"));
  const patterns = ["--artifact=out/*.apk", "--artifact=-x.ipa", "--artifact=!out/debug.apk"];
  assert.deepEqual(command("success", { INPUT_ARTIFACTS: "\n out/*.apk\n-x.ipa\n!out/debug.apk\n" }), finished("success", ...patterns));
  assert.deepEqual(command("failure"), finished("failed"));
  assert.deepEqual(command("cancelled"), finished("aborted"));
  assert.equal(lastCommand({ INPUT_EVENT: "triggered", "INPUT_JOB-STATUS": "success" }), undefined);
  // The jobs that this one needs do not include it.
  const needs = '{"a": {"result": "success"}}';
  assert.deepEqual(command("failure", { INPUT_NEEDS: needs }), {
    arguments: ["finished"], variables: { BUILDHOOK_NEEDS: needs, BUILDHOOK_STATUS: "failed" },
  });
});

/** A release with programs that have this content, one behind the other. */
function releaseWith(contents, archives = {}) {
  const programs = {};
  let offset = 0;
  for (const [platform, text] of Object.entries(contents)) {
    programs[platform] = { offset, size: text.length, sha256: sha256(text) };
    offset += text.length;
  }
  Object.assign(programs, archives);
  const index = { releases: "https://releases.example/download/v1.0.0", programs };
  const release = temporaryFolder({ "action/bin/programs.json": JSON.stringify(index), "target/release/buildhook": "another program" });
  fs.writeFileSync(path.join(release, "action/bin/programs.br"), zlib.brotliCompressSync(Buffer.from(Object.values(contents).join(""))));
  return { release, index, bundle: path.join(release, "action", "bin") };
}

const sha256 = text => crypto.createHash("sha256").update(text).digest("hex");

test("a release uses the bundled program and no other", async () => {
  const platform = platformName("linux", "arm64");
  assert.equal(platform, "linux-arm64");
  const { release } = releaseWith({ "linux-x64": "one".repeat(100_000), "linux-arm64": "two".repeat(100_000), "win32-x64": "three" });
  const program = await findProgram({ BUILDHOOK_BIN: "/elsewhere" }, release, platform);
  assert.equal(program, path.join(release, "action/bin/linux-arm64/buildhook"));
  assert.equal(fs.readFileSync(program, "utf8"), "two".repeat(100_000));
  if (process.platform !== "win32") {
    assert.equal(fs.statSync(program).mode & 0o777, 0o755);
  }
  for (const [name, file] of [["win32-x64", "win32-x64/buildhook.exe"], ["win32-arm64", "win32-arm64/buildhook.exe"]]) {
    const found = await findProgram({}, release, name);
    assert.equal(found, path.join(release, "action/bin", file));
    assert.equal(fs.readFileSync(found, "utf8"), "three");
  }
  await assert.rejects(findProgram({}, release, "freebsd-x64"), /does not support freebsd-x64; it supports linux-arm64, linux-x64, win32-x64/);
});

test("a program that was changed is unpacked again, one that is as released is not", async () => {
  const { release, bundle } = releaseWith({ "linux-x64": "the program" });
  const program = await findProgram({}, release, "linux-x64");
  const before = fs.statSync(program).ino;
  assert.equal(fs.statSync(await findProgram({}, release, "linux-x64")).ino, before);
  fs.writeFileSync(program, "changed by a step");
  assert.equal(fs.readFileSync(await findProgram({}, release, "linux-x64"), "utf8"), "the program");
  assert.deepEqual(fs.readdirSync(path.join(bundle, "linux-x64")), ["buildhook"]);
  if (process.platform !== "win32") {
    fs.chmodSync(program, 0o644);
    assert.equal(fs.statSync(await findProgram({}, release, "linux-x64")).mode & 0o777, 0o755);
  }
  fs.rmSync(program);
  fs.mkdirSync(path.join(program, "in the way"), { recursive: true });
  assert.equal(fs.readFileSync(await findProgram({}, release, "linux-x64"), "utf8"), "the program");
  fs.rmSync(path.join(bundle, "linux-x64"), { recursive: true });
  // A damaged bundle is refused.
  const index = JSON.parse(fs.readFileSync(path.join(bundle, "programs.json")));
  index.programs["linux-x64"].sha256 = sha256("another program");
  fs.writeFileSync(path.join(bundle, "programs.json"), JSON.stringify(index));
  await assert.rejects(findProgram({}, release, "linux-x64"), /the checksum of the program for linux-x64 is/);
  assert.ok(!fs.existsSync(path.join(bundle, "linux-x64")));
  fs.rmSync(path.join(bundle, "programs.br"));
  await assert.rejects(findProgram({}, release, "linux-x64"), /ENOENT/);
  fs.rmSync(path.join(bundle, "programs.json"));
  await assert.rejects(findProgram({ BUILDHOOK_BIN: process.execPath }, release, "linux-x64"), /programs.json/);
});

test("a program is unpacked elsewhere if the action's folder cannot be written", async () => {
  const { index, bundle } = releaseWith({ "linux-x64": "the program" });
  fs.writeFileSync(path.join(bundle, "linux-x64"), "in the way");
  const program = await bundledProgram(bundle, index, "linux-x64");
  assert.equal(fs.readFileSync(program, "utf8"), "the program");
  assert.ok(!program.startsWith(bundle));
});

test("the program for a rare platform is downloaded and checked", async () => {
  const archives = { "darwin-x64": { archive: "buildhook-x86_64-apple-darwin.tar.gz", sha256: sha256("the program") } };
  const { index, bundle } = releaseWith({ "linux-x64": "one" }, archives);
  const asked = [];
  const download = content => async (url, name) => {
    asked.push([url, name]);
    return Buffer.from(content);
  };
  await assert.rejects(bundledProgram(bundle, index, "darwin-x64", download("a changed program")), /the checksum of the program for darwin-x64/);
  const program = await bundledProgram(bundle, index, "darwin-x64", download("the program"));
  assert.equal(fs.readFileSync(program, "utf8"), "the program");
  await bundledProgram(bundle, index, "darwin-x64", () => assert.fail("it is there already"));
  assert.deepEqual(asked[1], ["https://releases.example/download/v1.0.0/buildhook-x86_64-apple-darwin.tar.gz", "buildhook"]);
});

test("a development checkout uses BUILDHOOK_BIN, else target/release, else the PATH", async () => {
  const checkout = temporaryFolder({ "target/release/buildhook": "" });
  const other = temporaryFolder({ buildhook: "" });
  assert.equal(await findProgram({ BUILDHOOK_BIN: path.join(other, "buildhook") }, checkout, "linux-x64"), path.join(other, "buildhook"));
  assert.equal(await findProgram({ PATH: other }, checkout, "linux-x64"), path.join(checkout, "target/release/buildhook"));
  assert.equal(await findProgram({ PATH: `${emptyFolder}${path.delimiter}${other}` }, emptyFolder, "linux-x64"), path.join(other, "buildhook"));
  await assert.rejects(findProgram({ PATH: emptyFolder }, emptyFolder, "linux-x64"), /cargo build --release/);
});

const unixOnly = { skip: process.platform === "win32" };

/** Runs the step with a shell script as the program. */
function runStep(script, environment = {}, step = "main.js") {
  const program = path.join(temporaryFolder({ program: `#!/bin/sh\n${script}\n` }), "program");
  return runAction(path.join(__dirname, ".."), step, { BUILDHOOK_BIN: program, ...environment });
}

/** Runs a step of the action in a folder. */
function runAction(folder, step, environment) {
  const child = spawn(process.execPath, [path.join(folder, step)], {
    env: { PATH: process.env.PATH, INPUT_EVENT: "auto", INPUT_URL: "https://hooks.example", ...environment },
  });
  let output = "";
  child.stdout.on("data", data => { output += data; });
  return { child, exited: new Promise(resolve => child.on("close", code => resolve({ code, output }))) };
}

test("the step exits with the exit code of the program", unixOnly, async () => {
  assert.deepEqual(await runStep("echo \"$1 $BUILDHOOK_URL\"; exit 3").exited, { code: 3, output: "triggered https://hooks.example\n" });
  assert.equal((await runStep("exit 0").exited).code, 0);
  assert.equal((await runStep("kill -TERM $$").exited).code, 143);
});

test("signals are forwarded to the program", unixOnly, async () => {
  const { child, exited } = runStep("trap 'echo terminated; exit 7' TERM; echo ready; while :; do sleep 0.05; done");
  child.stdout.once("data", () => child.kill("SIGTERM"));
  assert.deepEqual(await exited, { code: 7, output: "ready\nterminated\n" });
});

test("an invalid input is reported as an annotation, and fails the job if the user wants that", unixOnly, async () => {
  for (const [environment, expected] of [[{}, 0], [{ "INPUT_FAIL-ON-ERROR": "True" }, 1], [{ BUILDHOOK_FAIL_ON_ERROR: "1" }, 1]]) {
    const { code, output } = await runStep("exit 0", { INPUT_EVENT: "100 %\nx", ...environment }).exited;
    assert.equal(code, expected);
    assert.match(output, /^::error title=buildhook::input event: found `100 %25%0Ax`, expected auto/);
  }
});

test("the first step passes on unknown inputs, the last one does not", unixOnly, async () => {
  const script = "echo \"$1 $BUILDHOOK_UNKNOWN_INPUTS\"";
  const inputs = { INPUT_SECRT: "s", "INPUT_JOB-STATUS": "success" };
  assert.deepEqual(await runStep(script, inputs).exited, { code: 0, output: "triggered secrt\n" });
  assert.deepEqual(await runStep(script, inputs, "post.js").exited, { code: 0, output: "finished \n" });
});

test("without a URL the first step runs the program, which prints a notice, and the last one does nothing", unixOnly, async () => {
  const script = "echo \"$1 <$BUILDHOOK_URL> $BUILDHOOK_INPUTS\"";
  for (const url of [{ INPUT_URL: "" }, { INPUT_URL: "", BUILDHOOK_URL: "" }]) {
    assert.match((await runStep(script, url).exited).output, /^triggered <> /);
    assert.deepEqual(await runStep(script, { ...url, "INPUT_JOB-STATUS": "success" }, "post.js").exited, { code: 0, output: "" });
  }
});

/** The environment of the last step, after a first step with `first` and steps of the job that changed it to `later`. */
function afterSteps(first, later) {
  const state = path.join(temporaryFolder(), "state");
  keepEnvironment({ ...first, GITHUB_STATE: state });
  const [, , json] = /^environment<<(buildhook-\S+)\n(.*)\n\1\n$/.exec(fs.readFileSync(state, "utf8"));
  return restoreEnvironment({ ...later, STATE_environment: json });
}

test("the last step uses the first step's settings, whatever the job's steps export", () => {
  const first = {
    PATH: "/bin", BUILDHOOK_URL: "https://good.example/", BUILDHOOK_SECRET: "line\nbreak", HTTPS_PROXY: "http://proxy:3128",
    BUILDHOOK_CONFIG: "secret = '${LAB_SECRET}'\ncost = '$${PRICE}'\n", LAB_SECRET: "s", INPUT_URL: "", "INPUT_JOB-STATUS": "success",
  };
  const evil = {
    ...first, PATH: "/evil", BUILDHOOK_URL: "https://evil.example/", BUILDHOOK_URL_2: "https://evil.example/", BUILDHOOK_SECRET: "known",
    BUILDHOOK_TRUST_WORKSPACE: "true", BUILDHOOK_STATE_DIR: "/evil", https_proxy: "http://evil:1", HTTPS_PROXY: "http://evil:1",
    no_proxy: "*", SSL_CERT_FILE: "/evil.pem", LAB_SECRET: "known", PRICE: "1", INPUT_URL: "https://set-by-the-runner.example/",
    INPUT_SECRET: "known", "INPUT_JOB-STATUS": "failure", BUILDHOOK_VERSION: "1.2.3", BUILDHOOK_NOTES: "new", OTHER: "x",
  };
  const { restored, changed } = afterSteps(first, { ...evil, constructor: "not a function" });
  assert.deepEqual({ ...restored, STATE_environment: undefined }, {
    ...first, PATH: "/evil", PRICE: "1", INPUT_URL: "https://set-by-the-runner.example/", "INPUT_JOB-STATUS": "failure",
    BUILDHOOK_VERSION: "1.2.3", BUILDHOOK_NOTES: "new", OTHER: "x", constructor: "not a function", STATE_environment: undefined,
  });
  assert.deepEqual(changed, [
    "BUILDHOOK_SECRET", "BUILDHOOK_STATE_DIR", "BUILDHOOK_TRUST_WORKSPACE", "BUILDHOOK_URL", "BUILDHOOK_URL_2", "HTTPS_PROXY",
    "INPUT_SECRET", "LAB_SECRET", "SSL_CERT_FILE", "https_proxy", "no_proxy",
  ]);
});

test("the last step reports the job that the first one did, whatever the job's steps export", () => {
  const first = { GITHUB_ACTIONS: "true", GITHUB_REPOSITORY: "example/app", GITHUB_JOB: "build", GITHUB_OUTPUT: "first" };
  const evil = {
    ...first, FORGEJO_ACTIONS: "true", FORGEJO_REPOSITORY: "victim/app", GITEA_ACTIONS: "1", ACTIONS_ORCHESTRATION_ID: "x.other.1",
    GITHUB_REPOSITORY: "victim/app", GITHUB_OUTPUT: "last",
  };
  const { restored, changed } = afterSteps(first, evil);
  assert.deepEqual({ ...restored, STATE_environment: undefined }, { ...first, GITHUB_OUTPUT: "last", STATE_environment: undefined });
  assert.deepEqual(changed, [
    "ACTIONS_ORCHESTRATION_ID", "FORGEJO_ACTIONS", "FORGEJO_REPOSITORY", "GITEA_ACTIONS", "GITHUB_REPOSITORY",
  ]);
});

test("the last step passes on the checksum of the configuration file that the first one found", unixOnly, async () => {
  const text = "[[endpoint]]\nurl = 'https://good.example'\n";
  const folder = temporaryFolder({ "hooks.toml": text });
  const file = path.join(folder, "hooks.toml");
  execFileSync("mkfifo", [path.join(folder, "pipe")]);
  const script = "echo \"$1 <$BUILDHOOK_CONFIG_SHA256>\"";
  const checksum = crypto.createHash("sha256").update(text).digest("hex");
  for (const [config, expected] of [
    [{ INPUT_CONFIG: file }, checksum],
    [{ BUILDHOOK_CONFIG: ` ${file} ` }, checksum],
    [{ INPUT_CONFIG: text }, "none"],
    [{ INPUT_CONFIG: `${file}.later` }, "none"],
    [{ INPUT_CONFIG: path.join(folder, "pipe") }, "none"],
    [{ INPUT_CONFIG: folder }, "none"],
  ]) {
    fs.writeFileSync(file, text);
    const state = path.join(temporaryFolder({ state: "" }), "state");
    const step = { ...config, "INPUT_JOB-STATUS": "success", INPUT_URL: "", BUILDHOOK_CONFIG_SHA256: "0" };
    const first = await runStep(script, { ...step, GITHUB_STATE: state }).exited;
    assert.deepEqual(first, { code: 0, output: "triggered <>\n" }, "only the last step has it");
    // A step of the job changes the file, or makes one.
    fs.writeFileSync(file, text.replace("good", "evil"));
    fs.writeFileSync(`${file}.later`, "");
    const { environment } = variablesIn(state);
    const last = await runStep(script, { ...step, STATE_environment: environment }, "post.js").exited;
    assert.equal(last.code, 0);
    assert.ok(last.output.endsWith(`finished <${expected}>\n`), `${JSON.stringify(config)}: ${last.output}`);
    fs.rmSync(`${file}.later`);
  }
});

test("a variable that a step removes is there again", () => {
  const { restored, changed } = afterSteps({ BUILDHOOK_URL: "https://good.example/" }, {});
  assert.equal(restored.BUILDHOOK_URL, "https://good.example/");
  assert.deepEqual(changed, ["BUILDHOOK_URL"]);
  assert.deepEqual(afterSteps({ BUILDHOOK_URL: "a" }, { BUILDHOOK_URL: "a" }).changed, []);
  assert.deepEqual(restoreEnvironment({ BUILDHOOK_URL: "a" }), { restored: { BUILDHOOK_URL: "a" }, changed: [] });
});

test("the last step uses the id that the first one exported, and expects it", () => {
  const inputs = { INPUT_EVENT: "auto", INPUT_JOB: "build", INPUT_MATRIX: '{"a": 1}', "INPUT_JOB-INDEX": "2" };
  const exported = { BUILDHOOK_JOB_ID: "build/2" };
  const check = (later, expected, reason) => {
    const { restored, changed } = afterSteps(inputs, { ...inputs, ...later });
    assert.equal(programEnvironment(restored).BUILDHOOK_JOB_ID, exported.BUILDHOOK_JOB_ID);
    assert.deepEqual(changed, expected, reason);
  };
  check(exported, []);
  check({}, [], "the runner does not pass it");
  check({ BUILDHOOK_JOB_ID: "build/3" }, ["BUILDHOOK_JOB_ID"]);
  // Without these inputs nothing is exported, so a step did it.
  assert.deepEqual(afterSteps({ INPUT_EVENT: "auto" }, { INPUT_EVENT: "auto", ...exported }).changed, ["BUILDHOOK_JOB_ID"]);
});

/** The variables in a file of GITHUB_ENV. */
function variablesIn(file) {
  const values = [...fs.readFileSync(file, "utf8").matchAll(/(.*)<<(buildhook-\S+)\n([^]*?)\n\2\n/g)];
  return Object.fromEntries(values.map(([, name, , value]) => [name, value]));
}

test("values with line breaks set no other variable", () => {
  const file = path.join(temporaryFolder({ env: "" }), "env");
  const variables = { BUILDHOOK_SCOPE: "run\nEOF\nPATH=/evil\r\n", BUILDHOOK_JOB_ID: "build/1" };
  exportVariables({ GITHUB_ENV: file }, variables);
  exportVariables({ GITHUB_ENV: file }, { BUILDHOOK_SCOPE: "job" });
  const text = fs.readFileSync(file, "utf8");
  const delimiters = new Set([...text.matchAll(/<<(.*)/g)].map(match => match[1]));
  assert.equal(delimiters.size, 3, "a delimiter cannot be guessed");
  assert.deepEqual(variablesIn(file), { ...variables, BUILDHOOK_SCOPE: "job" });
  assert.ok(text.includes(variables.BUILDHOOK_SCOPE));
  exportVariables({}, variables);
  exportVariables({ GITHUB_ENV: `${file}-missing` }, variables);
  assert.ok(!fs.existsSync(`${file}-missing`));
});

test("the folder of the bundled program is added to the PATH, and no other", unixOnly, () => {
  const action = temporaryFolder({ "launcher.js": "", "bin/linux-x64/buildhook": "", path: "" });
  const other = temporaryFolder({ buildhook: "" });
  const file = path.join(action, "path");
  const added = (program, environment = {}, folder = action) => {
    fs.writeFileSync(file, "");
    exportProgram({ PATH: "/bin", GITHUB_PATH: file, ...environment }, program, folder);
    return fs.readFileSync(file, "utf8");
  };
  const folder = path.join(action, "bin", "linux-x64");
  const program = path.join(folder, "buildhook");
  assert.equal(added(program), `${folder}\n`);
  assert.equal(added(program, { PATH: `/bin:${folder}` }), "", "it is there already");
  assert.equal(added(program, { GITHUB_PATH: undefined }), "");
  assert.equal(added(program, { GITHUB_PATH: `${file}-missing` }), "");
  assert.ok(!fs.existsSync(`${file}-missing`));
  assert.equal(added(path.join(other, "buildhook"), {}, other), "", "a development checkout");
  assert.equal(added(path.join(other, "buildhook")), `${other}\n`, "unpacked elsewhere, in a folder that only the user may write");

  for (const [writable, mode] of [[folder, 0o777], [path.join(action, "bin"), 0o777], [other, 0o702]]) {
    const found = fs.statSync(writable).mode;
    fs.chmodSync(writable, mode);
    assert.equal(added(path.join(writable === other ? other : folder, "buildhook")), "", `others may write ${writable}`);
    fs.chmodSync(writable, found);
  }
  fs.chmodSync(action, 0o777);
  assert.equal(added(program), `${folder}\n`, "who may write there may replace the launcher");
  const split = temporaryFolder({ "a:b/buildhook": "", "a\nb/buildhook": "" });
  assert.equal(added(path.join(split, "a:b", "buildhook")), "");
  assert.equal(added(path.join(split, "a\nb", "buildhook")), "");
});

test("a step of a release prepares the job for shell steps, and its last step agrees", unixOnly, async () => {
  const script = "#!/bin/sh\necho \"$1 $BUILDHOOK_JOB_ID $BUILDHOOK_STATUS\"\n";
  const { release, bundle } = releaseWith({ [platformName()]: script });
  for (const name of fs.readdirSync(path.join(__dirname, "..")).filter(name => name.endsWith(".js"))) {
    fs.copyFileSync(path.join(__dirname, "..", name), path.join(release, "action", name));
  }
  const runner = temporaryFolder({ env: "", path: "", state: "" });
  const files = Object.fromEntries(["env", "path", "state"].map(name => [`GITHUB_${name.toUpperCase()}`, path.join(runner, name)]));
  const inputs = {
    ...files, INPUT_JOB: "build", INPUT_MATRIX: '{"a": 1}', "INPUT_JOB-INDEX": "2", "INPUT_JOB-STATUS": "success",
  };
  const action = path.join(release, "action");
  assert.deepEqual(await runAction(action, "main.js", inputs).exited, { code: 0, output: "triggered build/2 \n" });
  const exported = variablesIn(files.GITHUB_ENV);
  assert.deepEqual(exported, { BUILDHOOK_JOB_ID: "build/2" });
  assert.equal(fs.readFileSync(files.GITHUB_PATH, "utf8"), `${path.join(bundle, platformName())}\n`);
  assert.equal(fs.statSync(path.join(bundle, platformName())).mode & 0o022, 0);

  const STATE_environment = variablesIn(files.GITHUB_STATE).environment;
  const last = await runAction(action, "post.js", { ...inputs, ...exported, STATE_environment }).exited;
  assert.deepEqual(last, { code: 0, output: "finished build/2 success\n" });
  // A second step of the action in this job has the id of the first.
  fs.writeFileSync(files.GITHUB_ENV, "");
  const second = await runAction(action, "main.js", { ...inputs, ...exported, "INPUT_JOB-INDEX": "" }).exited;
  assert.deepEqual(second, { code: 0, output: "triggered build/2 \n" });
  assert.equal(fs.readFileSync(files.GITHUB_ENV, "utf8"), "");
});

test("the configuration names variables as ${NAME}", () => {
  const names = environment => [...namedVariables(environment)];
  assert.deepEqual(names({ INPUT_CONFIG: "a = '${A}${B}'\nb = '$$ $${NO} $$${C} $D'\n" }), ["A", "B", "C"]);
  const file = path.join(temporaryFolder({ "hooks.toml": "url = '${HOOK}'" }), "hooks.toml");
  assert.deepEqual(names({ BUILDHOOK_CONFIG: file }), ["HOOK"]);
  assert.deepEqual(names({ BUILDHOOK_CONFIG: "strict = true # ${X}" }), ["X"]);
});
