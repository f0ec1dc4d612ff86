// Reads the action's inputs, which the runner passes as INPUT_ variables.
"use strict";

/** The trimmed value of an input, or an empty string. */
function input(environment, name) {
  return (environment[`INPUT_${name.toUpperCase()}`] ?? "").trim();
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

module.exports = { input, inputLines, matrixInput };
