// Validates the schemas in docs/schemas by the meta-schema, and payloads by the schemas, with Ajv in strict mode.
// Usage: node schemas.cjs REPOSITORY FOLDER…, folders that receiver.py wrote
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const Ajv = require("ajv/dist/2020");
const addFormats = require("ajv-formats");

const [repository, ...folders] = process.argv.slice(2);
const schemaFolder = path.join(repository, "docs/schemas");

// The schema without permission for unknown keys, and with another id.
function closed(schema, key = "") {
  if (typeof schema !== "object" || schema === null || ["if", "then", "examples"].includes(key)) return schema;
  if (Array.isArray(schema)) return schema.map((item) => closed(item));
  const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value, key)]));
  if (copy.properties && copy.additionalProperties === undefined) copy.additionalProperties = false;
  if (copy.$id) copy.$id += "?closed";
  return copy;
}

const ajv = new Ajv({ strict: true, allErrors: true });
addFormats(ajv);
const validators = {};
const known = new Set();
let examples = 0;
for (const file of fs.readdirSync(schemaFolder).filter((file) => file.endsWith(".schema.json"))) {
  const name = file.replace(".schema.json", "");
  const schema = JSON.parse(fs.readFileSync(path.join(schemaFolder, file), "utf8"));
  assert.ok(ajv.validateSchema(schema), `${file}: ${ajv.errorsText()}`);
  assert.match(schema.$id, new RegExp(`^https://github\\.com/buildhook/buildhook/raw/v[0-9]+/docs/schemas/${file}$`));
  validators[name] = { open: ajv.compile(schema), closed: ajv.compile(closed(schema)) };
  for (const event of schema.title.split(" and ")) known.add(event);
  const checkExamples = (part) => {
    if (typeof part !== "object" || part === null) return;
    for (const example of part.examples ?? []) {
      const validate = ajv.compile({ ...part, $id: undefined, $defs: schema.$defs });
      assert.ok(validate(example), `${file}: ${JSON.stringify(example)}: ${ajv.errorsText(validate.errors)}`);
      examples += 1;
    }
    for (const [key, value] of Object.entries(part)) if (key !== "examples") checkExamples(value);
  };
  checkExamples(schema);
}
assert.ok(Object.keys(validators).length >= 7);

// `build.created.stream` has the schema `build-created`.
const schemaName = (event) => event.replace(/[/.]/g, "-").replace(/-stream$/, "");
const native = (body) => body.customData ?? body;

function check(event, payload, what) {
  const { closed } = validators[schemaName(event)];
  assert.ok(closed(payload), `${what}: ${ajv.errorsText(closed.errors)}: ${JSON.stringify(payload)}`);
  checkChanges(event, payload, what);
}

// Every key that is renamed, and every value of another type, is refused.
let changes = 0;
function checkChanges(event, payload, what) {
  const { open, closed } = validators[schemaName(event)];
  const visit = (object, place) => {
    for (const [key, value] of Object.entries(object)) {
      const here = `${place}/${key}`;
      if (here.includes("/job/matrix/")) continue;
      object[key] = typeof value === "object" && value !== null && !Array.isArray(value) ? 7 : { changed: [] };
      assert.ok(!open(payload), `${what}: ${here} of another type is valid`);
      object[key] = value;
      changes += 1;
      if (!Array.isArray(object) && !["/fields", "/buildhook/jobs"].includes(place)) {
        delete object[key];
        object[`${key}_renamed`] = value;
        assert.ok(!closed(payload), `${what}: ${here} with another name is valid`);
        delete object[`${key}_renamed`];
        object[key] = value;
      }
      if (typeof value === "object" && value !== null) visit(value, here);
    }
  };
  visit(payload, "");
}

const readJson = (file) => JSON.parse(fs.readFileSync(file, "utf8"));
const jsonFiles = (folder) =>
  fs.existsSync(folder) ? fs.readdirSync(folder).filter((file) => file.endsWith(".json")).map((file) => path.join(folder, file)) : [];

// Files are named after their events: build-created-stream.json, build-moved.cdevents.json.
let files = 0;
const named = ["docs/events", "tests/data/bitrise", "tests/data/buildstash"].flatMap((folder) => jsonFiles(path.join(repository, folder)));
for (const file of named.filter((file) => path.basename(file) !== "schemas.json")) {
  check(path.basename(file).split(".")[0], native(readJson(file)), file);
  files += 1;
}
assert.ok(files >= 5);

const snapshots = path.join(repository, "tests/suite/snapshots");
for (const file of fs.readdirSync(snapshots).filter((file) => file.startsWith("suite__payloads__"))) {
  const payload = native(JSON.parse(fs.readFileSync(path.join(snapshots, file), "utf8").split("\n---\n")[1]));
  check(payload.event ?? (payload.build_status === 0 ? "build/triggered" : "build/finished"), payload, file);
  files += 1;
}

const events = new Set();
let requests = 0;
for (const folder of folders) {
  for (const file of jsonFiles(folder)) {
    const { headers, body } = readJson(file);
    const event = Object.entries(headers).find(([name]) => name.toLowerCase() === "x-webhook-event")[1];
    check(event, native(JSON.parse(body)), file);
    events.add(event);
    requests += 1;
  }
}
assert.deepEqual(events, known);
const counts = `${requests} requests with ${events.size} events, ${files} files and ${examples} examples are valid`;
console.log(`schemas: ${Object.keys(validators).length} schemas are valid; ${counts}; ${changes} changes are refused`);
