"use strict";

const assert = require("node:assert/strict");
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const test = require("node:test");

const { commandsOfMain, commandsOfPost, platform, program, resultOf, status, variables } = require("../launcher.js");

function folder(files = {}) {
  const made = fs.mkdtempSync(path.join(os.tmpdir(), "launcher-"));
  for (const [name, content] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(made, name)), { recursive: true });
    fs.writeFileSync(path.join(made, name), content, { mode: 0o755 });
  }
  return made;
}

const empty = folder();

test("inputs become variables, and nothing that is this launcher's own", () => {
  const passed = variables({
    PATH: "/bin",
    GITHUB_RUN_ID: "7",
    GITHUB_WORKSPACE: empty,
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
  assert.deepEqual(passed, {
    PATH: "/bin",
    GITHUB_RUN_ID: "7",
    GITHUB_WORKSPACE: empty,
    BUILDHOOK_URL: "https://hooks.example/x",
    BUILDHOOK_PREVIOUS_SECRET: "old secret ",
    BUILDHOOK_HEADERS: "X-A: 1\nX-B: 2",
    BUILDHOOK_FAIL_ON_ERROR: "false",
    BUILDHOOK_SCOPE: "job",
    BUILDHOOK_JOB_ID: "build/2",
  });
});

test("legs of a matrix are told apart by their index, else by their values", () => {
  const of = environment =>
    variables({ INPUT_EVENT: "auto", INPUT_URL: "x", INPUT_JOB: "build", ...environment }).BUILDHOOK_JOB_ID;
  assert.equal(of({ "INPUT_JOB-INDEX": "1", INPUT_MATRIX: '{"os": "linux"}' }), "build/1");
  assert.equal(of({ INPUT_MATRIX: "null" }), "build/0");
  assert.match(of({ INPUT_MATRIX: '{"os": "linux"}' }), /^build\/[0-9a-f]{8}$/);
  assert.notEqual(of({ INPUT_MATRIX: '{"os": "linux"}' }), of({ INPUT_MATRIX: '{"os": "macos"}' }));
});

test("events of pipelines of several jobs are those of the run", () => {
  const passed = variables({ INPUT_EVENT: "finished", INPUT_URL: "x", INPUT_JOB: "last" });
  assert.equal(passed.BUILDHOOK_SCOPE, undefined);
  assert.equal(passed.BUILDHOOK_JOB_ID, undefined);
});

test("without an endpoint the URL is empty, which means that there is nothing to do", () => {
  const of = environment => variables({ INPUT_EVENT: "auto", GITHUB_WORKSPACE: empty, ...environment }).BUILDHOOK_URL;
  assert.equal(of({ INPUT_URL: "" }), "");
  assert.equal(of({ BUILDHOOK_URL: "https://a.example" }), "https://a.example");
  assert.equal(of({ BUILDHOOK_URL_2: "https://a.example" }), undefined);
  assert.equal(of({ INPUT_CONFIG: "hooks.toml" }), undefined);
  assert.equal(of({ GITHUB_WORKSPACE: folder({ ".github/buildhook.toml": "" }) }), undefined);
});

test("the result of a pipeline is the worst of its jobs", () => {
  const of = (...results) => resultOf(JSON.stringify(Object.fromEntries(results.map((result, i) => [`job${i}`, { result }]))));
  assert.equal(of("success", "success"), "success");
  assert.equal(of("success", "skipped"), "success");
  assert.equal(of("success", "cancelled"), "aborted");
  assert.equal(of("cancelled", "failure", "success"), "failed");
  assert.equal(of(), "success");
  assert.throws(() => resultOf("${{ needs }}"), /toJSON\(needs\)/);
});

test("the result is what is said, else that of needs, else the job's", () => {
  const of = environment => status({ "INPUT_JOB-STATUS": "Cancelled", ...environment });
  assert.equal(of({}), "aborted");
  assert.equal(of({ INPUT_NEEDS: '{"a": {"result": "failure"}}' }), "failed");
  assert.equal(of({ INPUT_NEEDS: '{"a": {"result": "failure"}}', INPUT_STATUS: "success" }), "success");
  assert.equal(status({ "INPUT_JOB-STATUS": "failure" }), "failed");
});

test("each event is a command", () => {
  const of = (event, more = {}) => commandsOfMain({ INPUT_EVENT: event, "INPUT_JOB-STATUS": "success", ...more });
  assert.deepEqual(of("auto"), [{ arguments: ["triggered"] }]);
  assert.deepEqual(of("triggered"), [{ arguments: ["triggered"] }]);
  assert.deepEqual(of("finished"), [{ arguments: ["finished"], variables: { BUILDHOOK_STATUS: "success" } }]);
  assert.deepEqual(of("created", { INPUT_ARTIFACTS: "\n out/*.apk \n-x.ipa\n", INPUT_SAVE: "build.json" }), [
    { arguments: ["created", "--save", "build.json", "--", "out/*.apk", "-x.ipa"] },
  ]);
  assert.deepEqual(of("moved", { INPUT_BUILD: "a.json\nb.json" }), [
    { arguments: ["moved", "--build", "a.json", "--build", "b.json"] },
  ]);
  assert.deepEqual(of("release-updated"), [{ arguments: ["release", "updated"] }]);
  assert.throws(() => of("started"), /`started`; expected auto,/);
  assert.throws(() => of("created"), /`artifacts` is empty/);
});

test("the end of a job is reported by itself, with what it built if it succeeded", () => {
  const of = (result, more = {}) => commandsOfPost({ INPUT_EVENT: "auto", "INPUT_JOB-STATUS": result, ...more });
  const finished = status => ({ arguments: ["finished"], variables: { BUILDHOOK_STATUS: status } });
  assert.deepEqual(of("success"), [finished("success")]);
  assert.deepEqual(of("success", { INPUT_ARTIFACTS: "a" }), [{ arguments: ["created", "--", "a"] }, finished("success")]);
  assert.deepEqual(of("failure", { INPUT_ARTIFACTS: "a" }), [finished("failed")]);
  assert.deepEqual(of("cancelled"), [finished("aborted")]);
  assert.deepEqual(commandsOfPost({ INPUT_EVENT: "triggered", "INPUT_JOB-STATUS": "success" }), []);
});

test("the program that travels with the release goes first, and no other takes its place", () => {
  const machine = platform("linux", "arm64");
  assert.equal(machine, "linux-arm64");
  const release = folder({ "action/bin/linux-arm64/buildhook": "", "action/bin/win32-x64/buildhook.exe": "", "target/release/buildhook": "" });
  assert.equal(program({ BUILDHOOK_BIN: "/elsewhere" }, release, machine), path.join(release, "action/bin/linux-arm64/buildhook"));
  assert.equal(program({}, release, "win32-x64"), path.join(release, "action/bin/win32-x64/buildhook.exe"));
  assert.throws(() => program({}, release, "freebsd-x64"), /no program for freebsd-x64; it has linux-arm64, win32-x64/);
});

test("a development checkout takes BUILDHOOK_BIN, then what was built, then the PATH", () => {
  const checkout = folder({ "target/release/buildhook": "" });
  const other = folder({ buildhook: "" });
  assert.equal(program({ BUILDHOOK_BIN: path.join(other, "buildhook") }, checkout, "linux-x64"), path.join(other, "buildhook"));
  assert.equal(program({ PATH: other }, checkout, "linux-x64"), path.join(checkout, "target/release/buildhook"));
  assert.equal(program({ PATH: `${empty}${path.delimiter}${other}` }, empty, "linux-x64"), path.join(other, "buildhook"));
  assert.throws(() => program({ PATH: empty }, empty, "linux-x64"), /cargo build --release/);
});

const unix = { skip: process.platform === "win32" };

/** Runs the step with a program that is this script. */
function step(script, environment = {}) {
  const bin = path.join(folder({ program: `#!/bin/sh\n${script}\n` }), "program");
  const child = spawn(process.execPath, [path.join(__dirname, "..", "main.js")], {
    env: { PATH: process.env.PATH, BUILDHOOK_BIN: bin, INPUT_EVENT: "auto", INPUT_URL: "https://hooks.example", ...environment },
  });
  let output = "";
  child.stdout.on("data", data => { output += data; });
  return { child, ended: new Promise(resolve => child.on("close", code => resolve({ code, output }))) };
}

test("the step ends as the program does", unix, async () => {
  assert.deepEqual(await step("echo \"$1 $BUILDHOOK_URL\"; exit 3").ended, { code: 3, output: "triggered https://hooks.example\n" });
  assert.equal((await step("exit 0").ended).code, 0);
  assert.equal((await step("kill -TERM $$").ended).code, 143);
});

test("signals are passed on", unix, async () => {
  const { child, ended } = step("trap 'echo told; exit 7' TERM; echo ready; while :; do sleep 0.05; done");
  child.stdout.once("data", () => child.kill("SIGTERM"));
  assert.deepEqual(await ended, { code: 7, output: "ready\ntold\n" });
});

test("a mistake is an annotation", unix, async () => {
  const { code, output } = await step("exit 0", { INPUT_EVENT: "100 %\nx" }).ended;
  assert.equal(code, 1);
  assert.match(output, /^::error title=buildhook::the input `event` is `100 %25%0Ax`; expected auto/);
});

test("without secrets it says so and passes", unix, async () => {
  const { code, output } = await step("exit 0", { INPUT_URL: "", GITHUB_WORKSPACE: empty }).ended;
  assert.equal(code, 0);
  assert.match(output, /^::notice title=buildhook::no URL is configured/);
});
