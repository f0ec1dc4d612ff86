// Runs at the end of the job, after all of its steps.
"use strict";

const { lastStep, run } = require("./launcher.js");

run(lastStep);
