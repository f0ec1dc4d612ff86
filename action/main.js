// Runs as the step.
"use strict";

const { mainCommands, run } = require("./launcher.js");

run(mainCommands);
