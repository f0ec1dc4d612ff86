// Prepares the later steps of the job, so that shell steps can run the program and report the same build: it exports variables and adds
// the folder of the program to the PATH, in the files that the runner reads after the step.
"use strict";

const crypto = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");

const { input, matrixInput } = require("./inputs.js");

/**
 * The variables for the program that later steps get too: the id of a matrix job, if neither the runner nor the user sets one,
 * because the jobs of a matrix share GITHUB_JOB.
 */
function exportedVariables(environment) {
  const variables = {};
  const isSet = name => (environment[name] ?? "").trim() !== "";
  const job = input(environment, "job") || environment.GITHUB_JOB;
  const matrix = matrixInput(environment);
  if (matrix !== "" && job && !isSet("ACTIONS_ORCHESTRATION_ID") && !isSet("BUILDHOOK_JOB_ID")) {
    // Some runners have no job index.
    const hash = () => crypto.createHash("sha256").update(matrix).digest("hex").slice(0, 8);
    variables.BUILDHOOK_JOB_ID = `${job}/${input(environment, "job-index") || hash()}`;
  }
  return variables;
}

/** Sets variables for the later steps of the job. */
function exportVariables(environment, variables) {
  const file = runnerFile(environment.GITHUB_ENV);
  if (file) {
    Object.entries(variables).forEach(([name, value]) => appendValue(file, name, value));
  }
}

/** Appends a value, which may have several lines, to a file of the runner. No value contains the random line that ends it. */
function appendValue(file, name, value) {
  const delimiter = `buildhook-${crypto.randomUUID()}`;
  fs.appendFileSync(file, `${name}<<${delimiter}\n${value}\n${delimiter}\n`);
}

/** The path if the file exists. Not every runner has each of them. */
function runnerFile(file) {
  return file && fs.existsSync(file) ? file : undefined;
}

/**
 * Adds the folder of the bundled program to the PATH of the later steps. `actionFolder` is that of the launcher. The PATH is searched
 * for every command of the job, so the folder of another program is never added, nor one that other users may write.
 */
function exportProgram(environment, program, actionFolder = __dirname) {
  const file = runnerFile(environment.GITHUB_PATH);
  const isRelease = fs.existsSync(path.join(actionFolder, "bin"));
  const folder = path.dirname(program);
  const folders = (environment.PATH ?? environment.Path ?? "").split(path.delimiter);
  // The file has one folder per line, and the PATH cannot quote its delimiter.
  const isOneEntry = !/[\r\n]/.test(folder) && !folder.includes(path.delimiter);
  if (file && isRelease && isOneEntry && !folders.includes(folder) && !othersMayWrite(folder, actionFolder)) {
    fs.appendFileSync(file, `${folder}\n`);
  }
}

/**
 * Whether users other than this one, root and the owner of the action may write to a folder or replace it. Those who may write to the
 * action's folder are trusted: they could replace this code.
 */
function othersMayWrite(folder, actionFolder) {
  if (process.platform === "win32") {
    // Node.js does not read access control lists. New folders inherit those of the runner's folder.
    return false;
  }
  const end = fs.realpathSync(actionFolder);
  const first = fs.realpathSync(folder);
  const user = process.getuid();
  const owners = [0, user, fs.statSync(end).uid];
  for (let current = first; current !== end; current = path.dirname(current)) {
    const { gid, mode, uid } = fs.statSync(current);
    // Several distributions create a group with the user's number for each user.
    const groupMayWrite = (mode & 0o020) !== 0 && !(gid === user && gid === process.getgid());
    // In a folder with the sticky bit, such as /tmp, only the owner of a folder can replace it.
    const isSticky = current !== first && (mode & 0o1000) !== 0;
    if (!owners.includes(uid) || ((groupMayWrite || (mode & 0o002) !== 0) && !isSticky)) {
      return true;
    }
    if (current === path.dirname(current)) {
      break;
    }
  }
  return false;
}

module.exports = { appendValue, exportedVariables, exportProgram, exportVariables };
