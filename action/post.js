// The end of the job, after all of its steps.
"use strict";

const { post, run } = require("./launcher.js");

run(post);
