// Runs at the end of the job, after all of its steps.
"use strict";

const { postCommands, run } = require("./launcher.js");

run(postCommands);
