// Starts the program with what the step was given. Every input goes to it as a BUILDHOOK_ variable, never as an argument:
// arguments show in the process list. Plain JavaScript, no dependencies.
"use strict";

const { spawn } = require("node:child_process");
const crypto = require("node:crypto");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

const ROOT = path.dirname(__dirname);

// Inputs that are this launcher's business and no settings of the program.
const OWN = new Set(["event", "artifacts", "needs", "status", "build", "save", "job-status", "job", "job-index", "matrix"]);

// The results of GitHub in the program's words; a skipped job says nothing about the pipeline.
const RESULTS = { success: "success", failure: "failed", cancelled: "aborted" };

/** The value of an input, trimmed; empty if it was not given. */
function input(environment, name) {
  return (environment[`INPUT_${name.toUpperCase()}`] ?? "").trim();
}

/** The lines of an input that say something. */
function lines(environment, name) {
  return input(environment, name).split("\n").map(line => line.trim()).filter(line => line !== "");
}

/** The variables that the program gets: those of the step, and each input that was given. */
function variables(environment) {
  const passed = {};
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith("INPUT_")) {
      passed[name] = value;
    }
  }
  for (const [name, value] of Object.entries(environment)) {
    const setting = name.startsWith("INPUT_") ? name.slice("INPUT_".length).toLowerCase() : "";
    if (setting !== "" && !OWN.has(setting) && value.trim() !== "") {
      passed[`BUILDHOOK_${setting.replaceAll("-", "_").replaceAll(" ", "_").toUpperCase()}`] = value;
    }
  }
  const event = input(environment, "event");
  if (event === "auto" && !passed.BUILDHOOK_SCOPE) {
    passed.BUILDHOOK_SCOPE = "job";
  }
  const job = input(environment, "job");
  if (passed.BUILDHOOK_SCOPE === "job" && job !== "" && !passed.BUILDHOOK_JOB_ID) {
    passed.BUILDHOOK_JOB_ID = `${job}/${leg(environment)}`;
  }
  if (!hasEndpoint(passed)) {
    // Set but empty: the program says that there is nothing to do, and passes.
    passed.BUILDHOOK_URL = "";
  }
  return passed;
}

/** What tells the legs of a matrix apart, which have the same key: the index, or where a runner has none, their values. */
function leg(environment) {
  const index = input(environment, "job-index");
  if (index !== "") {
    return index;
  }
  const matrix = input(environment, "matrix");
  return /^$|^null$|^{}$/.test(matrix) ? "0" : crypto.createHash("sha256").update(matrix).digest("hex").slice(0, 8);
}

/** Whether an endpoint is configured anywhere. */
function hasEndpoint(environment) {
  const isUrl = ([name, value]) => /^BUILDHOOK_URL(_\d+)?$/.test(name) && value !== undefined;
  if (Object.entries(environment).some(isUrl) || environment.BUILDHOOK_CONFIG) {
    return true;
  }
  const workspace = environment.GITHUB_WORKSPACE || process.cwd();
  return [".buildhook.toml", ".github/buildhook.toml"].some(file => fs.existsSync(path.join(workspace, file)));
}

/** The result of a pipeline by those of the jobs that it needed. */
function resultOf(needs) {
  let jobs;
  try {
    jobs = Object.values(JSON.parse(needs));
  } catch {
    throw new Error("the input `needs` is not JSON; pass ${{ toJSON(needs) }}");
  }
  const results = jobs.map(job => job?.result);
  for (const worst of ["failure", "cancelled"]) {
    if (results.includes(worst)) {
      return RESULTS[worst];
    }
  }
  return "success";
}

/** The result that `finished` reports. */
function status(environment) {
  const said = input(environment, "status");
  if (said !== "") {
    return said;
  }
  const needs = input(environment, "needs");
  if (needs !== "") {
    return resultOf(needs);
  }
  const job = input(environment, "job-status").toLowerCase();
  return RESULTS[job] ?? job;
}

/** The commands of the step itself, each a list of arguments and further variables. */
function commandsOfMain(environment) {
  const event = input(environment, "event");
  const builds = lines(environment, "build").flatMap(build => ["--build", build]);
  switch (event) {
    case "auto":
    case "triggered":
      return [{ arguments: ["triggered"] }];
    case "finished":
      return [{ arguments: ["finished"], variables: { BUILDHOOK_STATUS: status(environment) } }];
    case "created":
      return [created(environment)];
    case "moved":
    case "labeled":
      return [{ arguments: [event, ...builds] }];
    case "release-created":
    case "release-updated":
      return [{ arguments: ["release", event.slice("release-".length), ...builds] }];
    default:
      throw new Error(
        `the input \`event\` is \`${event}\`; expected auto, triggered, finished, created, moved, labeled, release-created or release-updated`,
      );
  }
}

/** The commands at the end of the job. */
function commandsOfPost(environment) {
  if (input(environment, "event") !== "auto") {
    return [];
  }
  const result = status(environment);
  const commands = [];
  if (result === "success" && lines(environment, "artifacts").length > 0) {
    commands.push(created(environment));
  }
  commands.push({ arguments: ["finished"], variables: { BUILDHOOK_STATUS: result } });
  return commands;
}

function created(environment) {
  const save = input(environment, "save");
  const files = lines(environment, "artifacts");
  if (files.length === 0) {
    throw new Error("the input `artifacts` is empty; name the files, one pattern a line");
  }
  return { arguments: ["created", ...(save === "" ? [] : ["--save", save]), "--", ...files] };
}

/** The folder of the program for a machine: `linux-x64`, `darwin-arm64`, `win32-x64`. */
function platform(system = process.platform, architecture = process.arch) {
  return `${system}-${architecture}`;
}

/**
 * The program: the one that travels with the release; in a development checkout `BUILDHOOK_BIN`, then what was built there, then
 * the `PATH`.
 */
function program(environment, root = ROOT, machine = platform()) {
  const name = machine.startsWith("win32") ? "buildhook.exe" : "buildhook";
  const bundled = path.join(root, "action", "bin");
  const here = path.join(bundled, machine, name);
  if (fs.existsSync(here)) {
    return here;
  }
  if (fs.existsSync(bundled)) {
    throw new Error(`this release has no program for ${machine}; it has ${fs.readdirSync(bundled).sort().join(", ")}`);
  }
  const folders = (environment.PATH ?? environment.Path ?? "").split(path.delimiter).filter(folder => folder !== "");
  const candidates = [
    environment.BUILDHOOK_BIN,
    path.join(root, "target", "release", name),
    ...folders.map(folder => path.join(folder, name)),
  ];
  const found = candidates.find(candidate => candidate && fs.existsSync(candidate));
  if (!found) {
    throw new Error(
      "this checkout has no program: use a release (`buildhook/buildhook@v1`), or build one here with `cargo build --release`",
    );
  }
  return found;
}

/** Runs one command and gives its exit code. Signals are passed on. */
function execute(file, command, passed) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, command.arguments, { env: { ...passed, ...command.variables }, stdio: "inherit" });
    const forward = signal => child.kill(signal);
    const signals = ["SIGINT", "SIGTERM"];
    signals.forEach(signal => process.on(signal, forward));
    child.on("error", reject);
    child.on("close", (code, signal) => {
      signals.forEach(name => process.off(name, forward));
      resolve(code ?? 128 + (os.constants.signals[signal] ?? 0));
    });
  });
}

async function executeAll(commands, environment) {
  if (commands.length === 0) {
    return 0;
  }
  const passed = variables(environment);
  if (passed.BUILDHOOK_URL === "" && !hasOther(passed)) {
    console.log(
      "::notice title=buildhook::no URL is configured, as in pull requests from forks, which have no secrets: nothing is sent",
    );
  }
  const file = program(environment);
  let worst = 0;
  for (const command of commands) {
    worst = Math.max(worst, await execute(file, command, passed));
  }
  return worst;
}

function hasOther(environment) {
  return hasEndpoint({ ...environment, BUILDHOOK_URL: undefined });
}

const main = environment => executeAll(commandsOfMain(environment), environment);
const post = environment => executeAll(commandsOfPost(environment), environment);

/** Runs a part of the action and ends as the program did. */
function run(part) {
  Promise.resolve()
    .then(() => part(process.env))
    .then(code => {
      process.exitCode = code;
    })
    .catch(error => {
      const text = String(error.message).replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
      console.log(`::error title=buildhook::${text}`);
      process.exitCode = 1;
    });
}

module.exports = { commandsOfMain, commandsOfPost, main, platform, post, program, resultOf, run, status, variables };
