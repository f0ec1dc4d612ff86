"use strict";

const assert = require("node:assert/strict");
const { spawn } = require("node:child_process");
const crypto = require("node:crypto");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const test = require("node:test");
const zlib = require("node:zlib");

const {
  buildStatus, bundledProgram, findProgram, keepEnvironment, mainCommands, namedVariables, platformName, postCommands, programEnvironment,
  restoreEnvironment, statusFromNeeds,
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

test("inputs become variables, except those of the launcher", () => {
  const environment = programEnvironment({
    PATH: "/bin",
    GITHUB_RUN_ID: "7",
    GITHUB_WORKSPACE: emptyFolder,
    INPUT_EVENT: "auto",
    INPUT_URL: "https://hooks.example/x",
    "INPUT_PREVIOUS-SECRET": "old secret ",
    INPUT_HEADERS: "X-A: 1\nX-B: 2",
    "INPUT_FAIL-ON-ERROR": "false",
    INPUT_SECRET: "",
    INPUT_JOB: "build",
    "INPUT_JOB-INDEX": "2",
    "INPUT_JOB-STATUS": "success",
  });
  assert.deepEqual(environment, {
    PATH: "/bin",
    GITHUB_RUN_ID: "7",
    GITHUB_WORKSPACE: emptyFolder,
    BUILDHOOK_URL: "https://hooks.example/x",
    BUILDHOOK_PREVIOUS_SECRET: "old secret ",
    BUILDHOOK_HEADERS: "X-A: 1\nX-B: 2",
    BUILDHOOK_FAIL_ON_ERROR: "false",
    BUILDHOOK_SCOPE: "job",
    BUILDHOOK_JOB_ID: "build/2",
  });
});

test("matrix jobs are distinguished by their index, else by their values", () => {
  const jobId = environment =>
    programEnvironment({ INPUT_EVENT: "auto", INPUT_URL: "x", INPUT_JOB: "build", ...environment }).BUILDHOOK_JOB_ID;
  assert.equal(jobId({ "INPUT_JOB-INDEX": "1", INPUT_MATRIX: '{"os": "linux"}' }), "build/1");
  assert.equal(jobId({ INPUT_MATRIX: "null" }), "build/0");
  assert.match(jobId({ INPUT_MATRIX: '{"os": "linux"}' }), /^build\/[0-9a-f]{8}$/);
  assert.notEqual(jobId({ INPUT_MATRIX: '{"os": "linux"}' }), jobId({ INPUT_MATRIX: '{"os": "macos"}' }));
});

test("the events of a workflow with several jobs belong to the run", () => {
  const environment = programEnvironment({ INPUT_EVENT: "finished", INPUT_URL: "x", INPUT_JOB: "last" });
  assert.equal(environment.BUILDHOOK_SCOPE, undefined);
  assert.equal(environment.BUILDHOOK_JOB_ID, undefined);
});

test("without an endpoint the URL is empty, so that the program exits without sending", () => {
  const url = environment => programEnvironment({ INPUT_EVENT: "auto", GITHUB_WORKSPACE: emptyFolder, ...environment }).BUILDHOOK_URL;
  assert.equal(url({ INPUT_URL: "" }), "");
  assert.equal(url({ BUILDHOOK_URL: "https://a.example" }), "https://a.example");
  assert.equal(url({ BUILDHOOK_URL_2: "https://a.example" }), undefined);
  assert.equal(url({ INPUT_CONFIG: "hooks.toml" }), undefined);
  assert.equal(url({ GITHUB_WORKSPACE: temporaryFolder({ ".github/buildhook.toml": "" }) }), "", "no file in the checkout is read");
});

test("a workflow failed if any of its jobs failed", () => {
  const status = (...results) => statusFromNeeds(JSON.stringify(Object.fromEntries(results.map((result, i) => [`job${i}`, { result }]))));
  assert.equal(status("success", "success"), "success");
  assert.equal(status("success", "skipped"), "success");
  assert.equal(status("success", "cancelled"), "aborted");
  assert.equal(status("cancelled", "failure", "success"), "failed");
  assert.equal(status(), "success");
  assert.throws(() => statusFromNeeds("${{ needs }}"), /toJSON\(needs\)/);
});

test("the status comes from the input `status`, else `needs`, else the job", () => {
  const status = environment => buildStatus({ "INPUT_JOB-STATUS": "Cancelled", ...environment });
  assert.equal(status({}), "aborted");
  assert.equal(status({ INPUT_NEEDS: '{"a": {"result": "failure"}}' }), "failed");
  assert.equal(status({ INPUT_NEEDS: '{"a": {"result": "failure"}}', INPUT_STATUS: "success" }), "success");
  assert.equal(buildStatus({ "INPUT_JOB-STATUS": "failure" }), "failed");
});

test("each event runs one command", () => {
  const commands = (event, inputs = {}) => mainCommands({ INPUT_EVENT: event, "INPUT_JOB-STATUS": "success", ...inputs });
  assert.deepEqual(commands("auto"), [{ arguments: ["triggered"] }]);
  assert.deepEqual(commands("triggered"), [{ arguments: ["triggered"] }]);
  assert.deepEqual(commands("finished"), [{ arguments: ["finished"], variables: { BUILDHOOK_STATUS: "success" } }]);
  assert.deepEqual(commands("created", { INPUT_ARTIFACTS: "\n out/*.apk \n-x.ipa\n", INPUT_SAVE: "build.json" }), [
    { arguments: ["created", "--save", "build.json", "--", "out/*.apk", "-x.ipa"] },
  ]);
  assert.deepEqual(commands("moved", { INPUT_BUILD: "a.json\nb.json" }), [
    { arguments: ["moved", "--build", "a.json", "--build", "b.json"] },
  ]);
  assert.deepEqual(commands("release-updated"), [{ arguments: ["release", "updated"] }]);
  assert.throws(() => commands("started"), /`started`; expected auto,/);
  assert.throws(() => commands("created"), /`artifacts` is empty/);
});

test("the end of a job is reported automatically, with its artifacts if it succeeded", () => {
  const commands = (jobStatus, inputs = {}) => postCommands({ INPUT_EVENT: "auto", "INPUT_JOB-STATUS": jobStatus, ...inputs });
  const finished = status => ({ arguments: ["finished"], variables: { BUILDHOOK_STATUS: status } });
  assert.deepEqual(commands("success"), [finished("success")]);
  assert.deepEqual(commands("success", { INPUT_ARTIFACTS: "a" }), [{ arguments: ["created", "--", "a"] }, finished("success")]);
  assert.deepEqual(commands("failure", { INPUT_ARTIFACTS: "a" }), [finished("failed")]);
  assert.deepEqual(commands("cancelled"), [finished("aborted")]);
  assert.deepEqual(postCommands({ INPUT_EVENT: "triggered", "INPUT_JOB-STATUS": "success" }), []);
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
function runStep(script, environment = {}) {
  const program = path.join(temporaryFolder({ program: `#!/bin/sh\n${script}\n` }), "program");
  const child = spawn(process.execPath, [path.join(__dirname, "..", "main.js")], {
    env: { PATH: process.env.PATH, BUILDHOOK_BIN: program, INPUT_EVENT: "auto", INPUT_URL: "https://hooks.example", ...environment },
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

test("an invalid input is reported as an annotation", unixOnly, async () => {
  const { code, output } = await runStep("exit 0", { INPUT_EVENT: "100 %\nx" }).exited;
  assert.equal(code, 1);
  assert.match(output, /^::error title=buildhook::input `event` is `100 %25%0Ax`; expected auto/);
});

test("without a URL the step passes with a notice", unixOnly, async () => {
  const { code, output } = await runStep("exit 0", { INPUT_URL: "", GITHUB_WORKSPACE: emptyFolder }).exited;
  assert.equal(code, 0);
  assert.match(output, /^::notice title=buildhook::no URL configured/);
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
  const { restored, changed } = afterSteps(first, evil);
  assert.deepEqual({ ...restored, STATE_environment: undefined }, {
    ...first, PATH: "/evil", PRICE: "1", INPUT_URL: "https://set-by-the-runner.example/", "INPUT_JOB-STATUS": "failure",
    BUILDHOOK_VERSION: "1.2.3", BUILDHOOK_NOTES: "new", OTHER: "x", STATE_environment: undefined,
  });
  assert.deepEqual(changed, [
    "BUILDHOOK_SECRET", "BUILDHOOK_STATE_DIR", "BUILDHOOK_TRUST_WORKSPACE", "BUILDHOOK_URL", "BUILDHOOK_URL_2", "HTTPS_PROXY",
    "INPUT_SECRET", "LAB_SECRET", "SSL_CERT_FILE", "https_proxy", "no_proxy",
  ]);
});

test("a variable that a step removes is there again", () => {
  const { restored, changed } = afterSteps({ BUILDHOOK_URL: "https://good.example/" }, {});
  assert.equal(restored.BUILDHOOK_URL, "https://good.example/");
  assert.deepEqual(changed, ["BUILDHOOK_URL"]);
  assert.deepEqual(afterSteps({ BUILDHOOK_URL: "a" }, { BUILDHOOK_URL: "a" }).changed, []);
  assert.deepEqual(restoreEnvironment({ BUILDHOOK_URL: "a" }), { restored: { BUILDHOOK_URL: "a" }, changed: [] });
});

test("the configuration names variables as ${NAME}", () => {
  const names = environment => [...namedVariables(environment)];
  assert.deepEqual(names({ INPUT_CONFIG: "a = '${A}${B}'\nb = '$$ $${NO} $$${C} $D'\n" }), ["A", "B", "C"]);
  const file = path.join(temporaryFolder({ "hooks.toml": "url = '${HOOK}'" }), "hooks.toml");
  assert.deepEqual(names({ BUILDHOOK_CONFIG: file }), ["HOOK"]);
  assert.deepEqual(names({ BUILDHOOK_CONFIG: "strict = true # ${X}" }), ["X"]);
});
