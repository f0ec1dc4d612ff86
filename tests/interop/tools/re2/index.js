"use strict";

module.exports = RegExp;
