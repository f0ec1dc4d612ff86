// Compresses the programs of the Action into one file, and writes the index by which action/launcher.js finds them.
//
//   node .ci/bundle.js VERSION IN OUT 'PLATFORM TARGET PROGRAM'… -- 'PLATFORM TARGET PROGRAM'…
//
// The programs before `--` are bundled, for those behind it the index names the release's archive. Programs that are not in IN are
// left out. One behind the other they take three quarters of the space, because they have much in common.
"use strict";

const crypto = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const zlib = require("node:zlib");

const [version, input, output, ...platforms] = process.argv.slice(2);
const separator = platforms.indexOf("--");
const folder = path.join(output, "tree", "action", "bin");
const index = { releases: `https://github.com/buildhook/buildhook/releases/download/v${version}`, programs: {} };
const contents = [];
let offset = 0;
platforms.forEach((line, position) => {
  const [platform, target, program] = line.split(" ");
  const file = path.join(input, `program-${target}`, program ?? "");
  if (position === separator || !fs.existsSync(file)) {
    return;
  }
  const content = fs.readFileSync(file);
  const sha256 = crypto.createHash("sha256").update(content).digest("hex");
  if (position > separator) {
    index.programs[platform] = { archive: `buildhook-${target}.tar.gz`, sha256 };
    return;
  }
  index.programs[platform] = { offset, size: content.length, sha256 };
  contents.push(content);
  offset += content.length;
});
const constants = zlib.constants;
const compressed = zlib.brotliCompressSync(Buffer.concat(contents), {
  params: {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
    [constants.BROTLI_PARAM_SIZE_HINT]: offset,
  },
});
fs.writeFileSync(path.join(folder, "programs.br"), compressed);
fs.writeFileSync(path.join(folder, "programs.json"), `${JSON.stringify(index, null, 2)}\n`);
