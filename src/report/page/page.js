"use strict";
// Everything here is optional: without scripts the page shows all deliveries, and no filters.
const names = ["search", "endpoint", "event", "state"];
const form = document.querySelector("form");
const rows = [...document.querySelectorAll("main > details")];
const shown = document.getElementById("shown");
const none = document.getElementById("none");
const contents = new Map();

function content(row) {
  if (!contents.has(row)) contents.set(row, row.textContent.toLowerCase());
  return contents.get(row);
}
function show() {
  const words = form.search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const row of rows) {
    const matches = ["endpoint", "event", "state"].every(name => !form[name].value || row.dataset[name] === form[name].value);
    row.hidden = !matches || !words.every(word => content(row).includes(word));
    if (!row.hidden) count += 1;
  }
  shown.textContent = count < rows.length ? `${count} of ${rows.length} deliveries` : `${count} deliveries`;
  none.hidden = count > 0;
  const wanted = new URLSearchParams(names.map(name => [name, form[name].value]).filter(([, value]) => value));
  try { history.replaceState(null, "", `#${wanted}`); } catch { /* The page is in a frame that may not. */ }
}
function read() {
  const wanted = new URLSearchParams(location.hash.slice(1));
  for (const name of names) {
    form[name].value = wanted.get(name) ?? "";
    if (!form[name].value) form[name].value = "";
  }
  show();
}
function addCopyButton(row) {
  const command = row.querySelector(".command");
  if (!command || command.querySelector("button")) return;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    try { await navigator.clipboard.writeText(command.textContent.replace(button.textContent, "").trim()); button.textContent = "Copied"; }
    catch { button.textContent = "Select and copy"; }
  });
  command.append(button);
}
if (rows.length > 0) {
  for (const name of ["endpoint", "event", "state"]) {
    const values = [...new Set(rows.map(row => row.dataset[name]))].sort();
    form[name].append(...values.map(value => new Option(value, value)));
  }
  form.hidden = false;
  form.addEventListener("input", show);
  form.addEventListener("submit", event => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(show));
  addEventListener("hashchange", read);
  document.querySelector("main").addEventListener("toggle", event => addCopyButton(event.target), true);
  for (const time of document.querySelectorAll("time")) time.title = new Date(time.dateTime).toLocaleString();
  read();
}
