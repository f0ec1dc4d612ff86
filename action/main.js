// Runs as the step.
"use strict";

const { mainStep, run } = require("./launcher.js");

run(mainStep);
