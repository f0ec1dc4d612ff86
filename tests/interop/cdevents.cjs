// Reads received CDEvents with CloudEvents' SDK for JavaScript and validates them by the schemas of CDEvents.
// Usage: node cdevents.cjs SCHEMAS FOLDER…, folders that receiver.py wrote
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const Ajv = require("ajv/dist/2020");
const addFormats = require("ajv-formats");
const { HTTP } = require("cloudevents");

const [schemaFile, ...folders] = process.argv.slice(2);
const schemas = JSON.parse(fs.readFileSync(schemaFile, "utf8"));
const ajv = new Ajv({ strict: true, allErrors: true });
addFormats(ajv);
const validateEvent = ajv.compile(schemas.event);
const validateContent = Object.fromEntries(Object.entries(schemas.content).map(([type, schema]) => [type, ajv.compile(schema)]));

for (const folder of folders) {
  const request = JSON.parse(fs.readFileSync(path.join(folder, "0.json"), "utf8"));
  const event = HTTP.toEvent({ headers: request.headers, body: request.body });
  assert.ok(event.validate());
  const { context, subject } = event.data;
  assert.ok(validateEvent(event.data), `${folder}: ${ajv.errorsText(validateEvent.errors)}`);
  const validate = validateContent[context.type];
  assert.ok(validate(subject.content), `${folder}: ${ajv.errorsText(validate.errors)}`);
  assert.equal(event.type, context.type);
  assert.equal(event.id, context.id);
  // This SDK does not decode headers, as CloudEvents' HTTP binding requires.
  assert.equal(decodeURIComponent(event.source), context.source);
  assert.equal(decodeURIComponent(event.subject), subject.id);
  assert.equal(Date.parse(event.time), Date.parse(context.timestamp));
  assert.equal(event.datacontenttype, "application/json");
}
