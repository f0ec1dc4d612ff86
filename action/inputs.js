// Reads the action's inputs, which the runner passes as INPUT_ variables.
"use strict";

// Inputs that are settings of the program. Generated.
// settings: inputs
const SETTING_INPUTS = [
  "url", "secret", "events", "results", "branches", "format", "config", "fail-on-error", "summary", "fields",
];
// end

// Inputs that become commands and their arguments.
const COMMAND_INPUTS = ["event", "artifacts", "needs", "status"];

// Inputs that GitHub fills.
const GITHUB_INPUTS = ["job-status", "job", "job-index", "matrix"];

/** The variable of an input. */
function inputVariable(name) {
  return `INPUT_${name.toUpperCase()}`;
}

/** The trimmed value of an input, or an empty string. */
function input(environment, name) {
  return (environment[inputVariable(name)] ?? "").trim();
}

/** The trimmed, non-empty lines of an input. */
function inputLines(environment, name) {
  return input(environment, name).split("\n").map(line => line.trim()).filter(line => line !== "");
}

/** The values of the matrix job as JSON, or an empty string in a job without a matrix. */
function matrixInput(environment) {
  const matrix = input(environment, "matrix");
  return /^(null|\{\s*\})$/.test(matrix) ? "" : matrix;
}

/** The names of inputs that the action does not have. The runner passes these too, in upper case. */
function unknownInputs(environment) {
  const known = new Set([...SETTING_INPUTS, ...COMMAND_INPUTS, ...GITHUB_INPUTS].map(inputVariable));
  return Object.keys(environment)
    .filter(name => name.startsWith("INPUT_") && !known.has(name))
    .map(name => name.slice("INPUT_".length).toLowerCase().replace(/[^a-z0-9_-]/g, "?"))
    .sort();
}

module.exports = { input, inputLines, inputVariable, matrixInput, SETTING_INPUTS, unknownInputs };
