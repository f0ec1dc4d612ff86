// The step itself.
"use strict";

const { main, run } = require("./launcher.js");

run(main);
