// Starts the program for the action's steps. Inputs are passed as BUILDHOOK_ variables, never as arguments, which any process
// can read. Plain JavaScript without dependencies.
"use strict";

const { execFileSync, spawn } = require("node:child_process");
const crypto = require("node:crypto");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const zlib = require("node:zlib");

const { input, inputLines, inputVariable, matrixInput, SETTING_INPUTS, unknownInputs } = require("./inputs.js");
const { appendValue, exportedVariables, exportProgram, exportVariables } = require("./later_steps.js");

const ACTION_ROOT = path.dirname(__dirname);

// The launcher sets these itself.
const INTERNAL_VARIABLES = ["BUILDHOOK_ACTION_EVENT", "BUILDHOOK_CONFIG_SHA256", "BUILDHOOK_INPUTS", "BUILDHOOK_UNKNOWN_INPUTS"];

// The settings of artifacts and releases, as variables: the job's steps may export them for the action's last step. Generated.
// settings: artifact and release
const EXPORTED_SETTINGS = [
  "BUILDHOOK_VERSION", "BUILDHOOK_PLATFORM", "BUILDHOOK_ARCHITECTURES", "BUILDHOOK_STREAM", "BUILDHOOK_LABELS",
  "BUILDHOOK_NOTES", "BUILDHOOK_BUILD_NUMBER", "BUILDHOOK_EXPANSION", "BUILDHOOK_METADATA", "BUILDHOOK_DOWNLOAD_URL",
  "BUILDHOOK_TITLE", "BUILDHOOK_NOTES_FILE",
];
// end

// The variables that the program reads on GitHub, without those that differ from step to step.
const JOB_VARIABLES = new Set([
  "ACTIONS_ORCHESTRATION_ID", "JOB_CHECK_RUN_ID", "GITHUB_ACTIONS", "GITHUB_ACTOR", "GITHUB_BASE_REF", "GITHUB_EVENT_NAME",
  "GITHUB_EVENT_PATH", "GITHUB_HEAD_REF", "GITHUB_JOB", "GITHUB_REF", "GITHUB_REPOSITORY", "GITHUB_REPOSITORY_ID",
  "GITHUB_REPOSITORY_OWNER_ID", "GITHUB_RUN_ATTEMPT", "GITHUB_RUN_ID", "GITHUB_RUN_NUMBER", "GITHUB_SERVER_URL", "GITHUB_SHA",
  "GITHUB_TRIGGERING_ACTOR", "GITHUB_WORKFLOW", "GITHUB_WORKFLOW_REF", "GITHUB_WORKSPACE",
]);

// GitHub's job results as values of BUILDHOOK_STATUS.
const STATUSES = { success: "success", failure: "failed", cancelled: "aborted" };

/**
 * The program's environment: that of the step, with inputs as BUILDHOOK_ variables, and the names of these inputs, by which the program
 * names them in its messages.
 */
function programEnvironment(environment) {
  const result = {};
  for (const [name, value] of Object.entries(environment)) {
    // The state of the action has the first step's secrets.
    if (!name.startsWith("INPUT_") && name !== "STATE_environment" && !INTERNAL_VARIABLES.includes(name)) {
      result[name] = value;
    }
  }
  const passed = ["needs", "status"].filter(name => input(environment, name) !== "");
  const pass = (name, value) => {
    result[`BUILDHOOK_${name.replaceAll("-", "_").toUpperCase()}`] = value;
    passed.push(name);
  };
  for (const name of SETTING_INPUTS.filter(name => input(environment, name) !== "")) {
    pass(name, environment[inputVariable(name)]);
  }
  Object.assign(result, exportedVariables(environment));
  // The program warns if `auto`, which reports one job, meets the scope `run`.
  result.BUILDHOOK_ACTION_EVENT = input(environment, "event");
  const matrix = matrixInput(environment);
  if (matrix !== "") {
    pass("matrix", matrix);
  }
  if (!hasEndpoint(result)) {
    // With an empty URL the program exits 0 without sending anything; without one it reports a missing setting.
    pass("url", "");
  }
  // An empty secret is a mistake that the program reports. The input's default is a blank.
  if (environment.INPUT_SECRET === "" && isSet(result.BUILDHOOK_URL) && result.BUILDHOOK_SECRET === undefined) {
    pass("secret", "");
  }
  result.BUILDHOOK_INPUTS = passed.join(",");
  return result;
}

function isSet(value) {
  return (value ?? "").trim() !== "";
}

/**
 * The variables that decide where events go and how: all BUILDHOOK_ variables, proxies, certificate authorities, and those that the
 * configuration names. The steps of a job can change its environment, so the last step of the action uses the values of the first.
 */
function isKept(name, environment) {
  return /^BUILDHOOK_/i.test(name) || /_proxy$/i.test(name) || /^SSL_CERT_(FILE|DIR)$/.test(name) || isOfJob(name) || namedVariables(environment).has(name);
}

/**
 * Whether a variable describes the job: the program reports the job that the first step did. GitHub protects its own variables; other
 * runners may not. Those of Forgejo and Gitea take precedence over GitHub's.
 */
function isOfJob(name) {
  return /^(FORGEJO|GITEA)_/i.test(name) || JOB_VARIABLES.has(name.toUpperCase());
}

/** The setting `config`: TOML text, the name of a file, or an empty string for the machine's file. */
function configuration(environment) {
  return input(environment, "config") || (environment.BUILDHOOK_CONFIG ?? "").trim();
}

/** The content of the configuration's file. Text, and what is not a regular file, has none. */
function configurationFile(environment) {
  const config = configuration(environment);
  if (config.includes("\n")) {
    return undefined;
  }
  let file;
  try {
    // Without waiting for the other end of a pipe.
    file = fs.openSync(config || "/etc/buildhook.toml", fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0));
    return fs.fstatSync(file).isFile() ? fs.readFileSync(file) : undefined;
  } catch {
    // Not a file: TOML on one line.
    return undefined;
  } finally {
    if (file !== undefined) {
      fs.closeSync(file);
    }
  }
}

/** The variables that the configuration, text or file, names as ${NAME}. `$$` is a dollar sign. */
function namedVariables(environment) {
  const text = configurationFile(environment)?.toString("utf8") ?? configuration(environment);
  return new Set([...text.matchAll(/\$\$|\$\{([^}]*)\}/g)].map(match => match[1]).filter(name => name !== undefined));
}

/** Keeps the values of the first step in the action's state, which only its last step gets, as STATE_environment. */
function keepEnvironment(environment) {
  if (!environment.GITHUB_STATE) {
    return;
  }
  const kept = Object.fromEntries(Object.entries(environment).filter(([name]) => isKept(name, environment)));
  const names = [...namedVariables(environment)];
  const inputs = Object.keys(environment).filter(name => name.startsWith("INPUT_"));
  const exported = exportedVariables(environment);
  const file = configurationFile(environment);
  const config = file === undefined ? "none" : sha256(file);
  appendValue(environment.GITHUB_STATE, "environment", JSON.stringify({ kept, names, inputs, exported, config }));
}

/**
 * The environment of the last step, with the values of the first step, the names of the variables that were changed since, and the
 * checksum of the configuration's file in the first step.
 */
function restoreEnvironment(environment) {
  if (environment.STATE_environment === undefined) {
    return { restored: environment, changed: [] };
  }
  const { kept, names, inputs, exported, config } = JSON.parse(environment.STATE_environment);
  const isOurs = name => isKept(name, environment) || names.includes(name) || Object.hasOwn(kept, name);
  const mayChange = name => EXPORTED_SETTINGS.includes(name);
  const restored = {};
  const changed = [];
  for (const name of new Set([...Object.keys(environment), ...Object.keys(kept), ...Object.keys(exported)])) {
    let value = isOurs(name) && !mayChange(name) ? kept[name] : environment[name];
    // The runner sets the inputs of the workflow anew. Any other was set by a step.
    if (name.startsWith("INPUT_") && !inputs.includes(name)) {
      value = undefined;
    }
    const expected = [value];
    // The first step itself set these for the later steps. The step's `env` takes precedence over that.
    if (Object.hasOwn(exported, name)) {
      value = exported[name];
      expected.push(value);
    }
    if (value !== undefined) {
      restored[name] = value;
    }
    if (!expected.includes(environment[name])) {
      changed.push(name);
    }
  }
  return { restored, changed: changed.sort(), config };
}

/** Whether a variable or the machine's file defines an endpoint, or may: the program reads the configuration. An empty URL counts. */
function hasEndpoint(environment) {
  return hasUrl(environment, value => value !== undefined) || mayHaveConfiguration(environment);
}

/** Whether there may be an endpoint to send events to. */
function hasActiveEndpoint(environment) {
  return hasUrl(environment, isSet) || mayHaveConfiguration(environment);
}

function hasUrl(environment, isUrl) {
  return Object.entries(environment).some(([name, value]) => /^BUILDHOOK_URL(_\d+)?$/.test(name) && isUrl(value));
}

function mayHaveConfiguration(environment) {
  return isSet(environment.BUILDHOOK_CONFIG) || fs.existsSync("/etc/buildhook.toml");
}

/** The result of this job: the input `status`, else that of the runner. */
function jobStatus(environment) {
  const status = input(environment, "job-status").toLowerCase();
  return input(environment, "status") || (STATUSES[status] ?? status);
}

/** The command that the step runs, as arguments and additional variables. */
function mainCommand(environment) {
  const event = input(environment, "event");
  switch (event) {
    case "auto":
    case "triggered":
      return { arguments: ["triggered"] };
    case "finished":
      return finishedCommand(environment);
    case "created":
      return createdCommand(environment);
    case "moved":
    case "labeled":
      return { arguments: [event] };
    case "release-created":
    case "release-updated":
      return { arguments: ["release", event.slice("release-".length)] };
    default:
      throw new Error(
        `input event: found \`${event}\`, expected auto, triggered, finished, created, moved, labeled, release-created or release-updated`,
      );
  }
}

/** The command that runs at the end of the job, if there is one. */
function lastCommand(environment) {
  return input(environment, "event") === "auto" ? finishedCommand(environment) : undefined;
}

/** The program derives the result of a workflow from `needs`. With `auto` the result is that of this job, which is not among them. */
function finishedCommand(environment) {
  const variables = {};
  const needs = input(environment, "needs");
  if (needs !== "") {
    variables.BUILDHOOK_NEEDS = needs;
  }
  if (needs === "" || input(environment, "status") !== "" || input(environment, "event") === "auto") {
    variables.BUILDHOOK_STATUS = jobStatus(environment);
  }
  // One argument, because a pattern may begin with a dash.
  const artifacts = inputLines(environment, "artifacts").map(pattern => `--artifact=${pattern}`);
  return { arguments: ["finished", ...artifacts], variables };
}

function createdCommand(environment) {
  const artifacts = inputLines(environment, "artifacts");
  if (artifacts.length === 0) {
    throw new Error("input artifacts is empty; list the files, one name or pattern per line");
  }
  return { arguments: ["created", "--", ...artifacts] };
}

/** The name of a platform: `linux-x64`, `darwin-arm64`, `win32-x64`. */
function platformName(system = process.platform, architecture = process.arch) {
  return `${system}-${architecture}`;
}

/** The path of the program: that of the release, or in a development checkout the first of BUILDHOOK_BIN, target/release and the PATH. */
async function findProgram(environment, root = ACTION_ROOT, platform = platformName()) {
  const bundle = path.join(root, "action", "bin");
  // Only releases have this folder. One without its index is damaged, and no reason to run another program.
  if (fs.existsSync(bundle)) {
    const index = JSON.parse(fs.readFileSync(path.join(bundle, "programs.json"), "utf8"));
    return bundledProgram(bundle, index, platform);
  }
  const name = programName(platform);
  const folders = (environment.PATH ?? environment.Path ?? "").split(path.delimiter).filter(folder => folder !== "");
  const candidates = [
    environment.BUILDHOOK_BIN,
    path.join(root, "target", "release", name),
    ...folders.map(folder => path.join(folder, name)),
  ];
  const program = candidates.find(candidate => candidate && fs.existsSync(candidate));
  if (!program) {
    throw new Error(
      "no buildhook program in this checkout; use a release (`buildhook/buildhook@v1`) or run `cargo build --release`",
    );
  }
  return program;
}

function programName(platform) {
  return platform.startsWith("win32") ? "buildhook.exe" : "buildhook";
}

/**
 * The program of a release for a platform, unpacked if it is not yet. The programs are bundled one behind the other in one compressed
 * file, because they have much in common; those of rare platforms are downloaded. The index has the checksum of each.
 */
async function bundledProgram(bundle, index, platform, download = downloadArchive) {
  // Windows runs programs for x64 on arm64.
  const entry = index.programs[platform === "win32-arm64" ? "win32-x64" : platform];
  if (!entry) {
    throw new Error(`this release does not support ${platform}; it supports ${Object.keys(index.programs).sort().join(", ")}`);
  }
  const unpacked = path.join(bundle, platform, programName(platform));
  if (isProgram(unpacked, entry.sha256)) {
    return unpacked;
  }
  const content = entry.archive
    ? await download(`${index.releases}/${entry.archive}`, programName(platform))
    : await readRange(path.join(bundle, "programs.br"), entry.offset, entry.size);
  if (sha256(content) !== entry.sha256) {
    throw new Error(`the checksum of the program for ${platform} is ${sha256(content)}, expected ${entry.sha256}`);
  }
  try {
    return writeProgram(unpacked, content);
  } catch {
    // The action's folder may be read-only. The runner empties its own one for temporary files.
    const folder = fs.mkdtempSync(path.join(process.env.RUNNER_TEMP || os.tmpdir(), "buildhook-program-"));
    return writeProgram(path.join(folder, programName(platform)), content);
  }
}

/** Whether a file is the program with this checksum, and can be run. */
function isProgram(file, checksum) {
  try {
    const stats = fs.lstatSync(file);
    const canRun = stats.isFile() && (process.platform === "win32" || (stats.mode & 0o100) !== 0);
    return canRun && sha256(fs.readFileSync(file)) === checksum;
  } catch {
    return false;
  }
}

/** Decompresses a part of a file, and no more than what comes before it. */
async function readRange(file, offset, size) {
  const chunks = [];
  let length = 0;
  const source = fs.createReadStream(file);
  const stream = source.pipe(zlib.createBrotliDecompress());
  source.on("error", error => stream.destroy(error));
  for await (const chunk of stream) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= offset + size) {
      break;
    }
  }
  return Buffer.concat(chunks).subarray(offset, offset + size);
}

// What curl and tar need. The rest of the environment has secrets.
const DOWNLOAD_VARIABLES = /^(PATH|HOME|USERPROFILE|SYSTEMROOT|TMPDIR|TEMP|TMP|CURL_CA_BUNDLE|SSL_CERT_(FILE|DIR)|.*_PROXY)$/i;

/** Downloads an archive and returns a file in it. curl knows the machine's proxies and certificates. */
function downloadArchive(url, name) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "buildhook-"));
  try {
    const archive = path.join(folder, "archive");
    const options = ["--proto", "=https", "--tlsv1.2", "--fail", "--silent", "--show-error", "--location", "--retry", "3"];
    const env = Object.fromEntries(Object.entries(process.env).filter(([variable]) => DOWNLOAD_VARIABLES.test(variable)));
    execFileSync("curl", [...options, "--output", archive, url], { env, stdio: ["ignore", "inherit", "inherit"] });
    execFileSync("tar", ["-xzf", archive, "-C", folder], { env });
    return fs.readFileSync(path.join(folder, name));
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes a program under another name and renames it: two jobs may do so at once. */
function writeProgram(file, content) {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o755 });
  if (fs.lstatSync(file, { throwIfNoEntry: false })?.isDirectory()) {
    fs.rmSync(file, { recursive: true });
  }
  const temporary = `${file}.${crypto.randomUUID()}`;
  fs.writeFileSync(temporary, content, { mode: 0o755 });
  fs.renameSync(temporary, file);
  return file;
}

function sha256(content) {
  return crypto.createHash("sha256").update(content).digest("hex");
}

/** Runs a command, forwards signals to it, and resolves to its exit code. */
function runCommand(program, command, environment) {
  return new Promise((resolve, reject) => {
    const forward = signal => child.kill(signal);
    const signals = ["SIGINT", "SIGTERM"];
    // Before the program starts: a signal would end this process alone, and is handled when the program has started.
    signals.forEach(signal => process.on(signal, forward));
    const child = spawn(program, command.arguments, { env: { ...environment, ...command.variables }, stdio: "inherit" });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      signals.forEach(name => process.off(name, forward));
      resolve(code ?? 128 + (os.constants.signals[signal] ?? 0));
    });
  });
}

/** The step: keeps its environment for the last one, prepares that of the later ones, and runs the command of the event. */
async function mainStep(environment) {
  keepEnvironment(environment);
  const command = mainCommand(environment);
  exportVariables(environment, exportedVariables(environment));
  const program = await findProgram(environment);
  exportProgram(environment, program);
  const variables = { ...command.variables, BUILDHOOK_UNKNOWN_INPUTS: unknownInputs(environment).join(",") };
  return runCommand(program, { ...command, variables }, programEnvironment(environment));
}

/** The last step, after all steps of the job. It ignores what they changed of the first step's settings. */
async function lastStep(environment) {
  const { restored, changed, config } = restoreEnvironment(environment);
  if (changed.length > 0) {
    const names = changed.map(name => name.replace(/[^A-Za-z0-9_]/g, "?")).join(", ");
    console.log(
      `::warning title=buildhook::ignoring changes that steps of this job made to ${names}; set them in the step's inputs or \`env\``,
    );
  }
  const command = lastCommand(restored);
  const passed = programEnvironment(restored);
  // The first step has reported that there is nothing to do.
  if (command === undefined || !hasActiveEndpoint(passed)) {
    return 0;
  }
  // The steps of the job can write the configuration's file, too. The program checks what it reads.
  const variables = config === undefined ? command.variables : { ...command.variables, BUILDHOOK_CONFIG_SHA256: config };
  return runCommand(await findProgram(restored), { ...command, variables }, passed);
}

/** Whether errors of this launcher fail the job. The program, which also reads the configuration, decides for its own. */
function failsOnError(environment) {
  return /^(true|1|yes|on)$/i.test(input(environment, "fail-on-error") || (environment.BUILDHOOK_FAIL_ON_ERROR ?? "").trim());
}

/** Runs a step, reports errors as annotations, and sets the exit code of this process. */
function run(step) {
  Promise.resolve()
    .then(() => step(process.env))
    .then(code => {
      process.exitCode = code;
    })
    .catch(error => {
      const message = String(error.message).replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
      console.log(`::error title=buildhook::${message}`);
      process.exitCode = failsOnError(process.env) ? 1 : 0;
    });
}

module.exports = {
  bundledProgram, findProgram, keepEnvironment, lastCommand, lastStep, mainCommand, mainStep, namedVariables, platformName,
  programEnvironment, restoreEnvironment, run,
};
