// Calls the function of a JavaScript file once for each test; runs inside the sandbox.
//
// Standard input: the nonce, what to call (JSON), then the arguments of a test (JSON) a line. For
// each test one line leaves on standard output: the nonce, a colon, and what came of the call. What
// the judged code prints goes to standard error, where the nonce and a number end each test's part.
"use strict";

(() => {
  const fs = require("node:fs");
  const path = require("node:path");
  const vm = require("node:vm");
  const { createRequire } = require("node:module");
  const { pathToFileURL } = require("node:url");

  const LONGEST_RESULT = 100_000; // characters of JSON
  const LONGEST_CHAIN = 100_000; // nodes
  const LONGEST_ERROR = 2_000;
  const MOST_LINES = 8; // of the code's own in one error

  // Bound now: the judged code may change any of these.
  const { writeSync } = fs;
  const { parse, stringify } = JSON;
  const clock = process.hrtime.bigint;
  const exit = process.reallyExit ? process.reallyExit.bind(process) : process.exit;
  const usage = process.resourceUsage.bind(process);

  class Unfit extends Error {}

  const [nonce, header, ...tests] = fs.readFileSync(0, "utf8").trimEnd().split("\n");
  const order = parse(header);
  const source = fs.readFileSync(order.main, "utf8");

  function put(descriptor, text) {
    let bytes = Buffer.from(text);
    while (bytes.length > 0) {
      try {
        bytes = bytes.subarray(writeSync(descriptor, bytes));
      } catch (error) {
        if (error.code !== "EAGAIN") throw error;
      }
    }
  }
  /** JSON in ASCII only, whatever the text is. */
  const ascii = (value) =>
    stringify(value).replace(
      /[\u007f-\uffff]/g,
      (unit) => "\\u" + unit.charCodeAt(0).toString(16).padStart(4, "0"),
    );
  const tell = (frame) => put(1, `${nonce}:${ascii(frame)}\n`);

  function diverted(data, encoding, done) {
    const then = typeof encoding === "function" ? encoding : done;
    put(2, typeof data === "string" ? data : Buffer.from(data));
    if (then) process.nextTick(then);
    return true;
  }
  process.stdout.write = diverted;
  process.stdout._write = (data, encoding, done) => diverted(data, encoding, done);
  process.stderr.write = diverted;

  function nodeOf(maker, value, links) {
    const node = maker === null ? {} : new maker(value);
    return Object.assign(node, { val: value }, links);
  }
  const listFrom = (values, maker) =>
    values.reduceRight((next, value) => nodeOf(maker, value, { next }), null);
  /** From the levels, top to bottom; children of what is missing are left out. */
  function treeFrom(values, maker) {
    if (values.length === 0) return null;
    let at = 1;
    const root = nodeOf(maker, values[0], { left: null, right: null });
    const waiting = [root];
    for (let first = 0; first < waiting.length; first += 1) {
      for (const side of ["left", "right"]) {
        const value = at < values.length ? values[at] : null;
        at += 1;
        if (value === null) continue;
        waiting[first][side] = nodeOf(maker, value, { left: null, right: null });
        waiting.push(waiting[first][side]);
      }
    }
    return root;
  }
  function listTo(first) {
    const values = [];
    for (let node = first; node != null; node = node.next) {
      if (values.length >= LONGEST_CHAIN)
        throw new Unfit("The list returned has no end: one of its nodes comes twice.");
      values.push(plain(node.val));
    }
    return values;
  }
  function treeTo(root) {
    const values = [];
    const waiting = [root];
    for (let first = 0; first < waiting.length; first += 1) {
      if (values.length >= LONGEST_CHAIN)
        throw new Unfit("The tree returned has no end: one of its nodes is its own descendant.");
      const node = waiting[first];
      values.push(node == null ? null : plain(node.val));
      if (node != null) waiting.push(node.left, node.right);
    }
    while (values.length > 0 && values.at(-1) === null) values.pop();
    return values;
  }

  /** What JSON can say; what no test can expect is told as `{"$": text}`. */
  function plain(value) {
    if (value == null) return { $: String(value) };
    if (typeof value === "number") return Number.isFinite(value) ? value : { $: String(value) };
    if (typeof value === "string" || typeof value === "boolean") return value;
    if (typeof value === "bigint") return { $: `${value}n` };
    if (Array.isArray(value)) return Array.from(value, plain);
    if (ArrayBuffer.isView(value) && typeof value.length === "number") return Array.from(value, plain);
    const kind = typeof value === "object" ? (value.constructor?.name ?? "object") : typeof value;
    throw new Unfit(`The function returned a value of the type ${kind}, which no test expects.`);
  }

  /** A class of the judged file, by name. */
  let named = () => undefined;
  function build(value, kind) {
    if (kind.endsWith("[]")) return value.map((entry) => build(entry, kind.slice(0, -2)));
    if (kind.startsWith("linked-list<")) return listFrom(value, named("ListNode") ?? null);
    if (kind.startsWith("tree<")) return treeFrom(value, named("TreeNode") ?? null);
    return value;
  }
  function taken(value, kind) {
    if (!kind.includes("<")) return plain(value);
    if (kind.endsWith("[]") && Array.isArray(value))
      return value.map((entry) => taken(entry, kind.slice(0, -2)));
    if (value != null && !(typeof value === "object" && "val" in value)) return plain(value);
    return kind.startsWith("linked-list<") ? listTo(value) : treeTo(value);
  }

  const here = process.cwd() + path.sep;
  const copy = path.resolve(`.${path.basename(__filename, ".js")}.mjs`);
  /** The error with those lines that are the judged code's own, the innermost first. */
  function told(error) {
    if (!(error instanceof Object) || typeof error.stack !== "string")
      return `Thrown: ${String(error)}`.slice(0, LONGEST_ERROR);
    const stack = error.stack.replaceAll(copy, path.resolve(order.main)).replaceAll("file://", "");
    const lines = stack.split("\n");
    const own = lines
      .filter((line) => line.includes(here) && !line.includes(__filename))
      .map((line) => line.replaceAll(here, "").trim().replace(/(:\d+):\d+(\)?)$/, "$1$2"))
      .map((line) => (line.startsWith("at ") ? line : `at ${line}`))
      .slice(0, MOST_LINES);
    const head = `${error.name}: ${error.message}`.slice(0, LONGEST_ERROR / 2);
    return [head, ...own].join("\n    ").slice(0, LONGEST_ERROR);
  }

  /** The judged function, of a script or else of a module. Throws what loading throws. */
  async function load() {
    const main = path.resolve(order.main);
    const exported = { exports: {} };
    Object.assign(globalThis, {
      require: createRequire(main),
      module: exported,
      exports: exported.exports,
      __filename: main,
      __dirname: path.dirname(main),
    });
    process.argv.splice(1, process.argv.length, main);
    let failure = null;
    try {
      new vm.Script(source, { filename: main });
    } catch (error) {
      if (!/import statement|import\.meta|Unexpected token 'export'|await is only/.test(error.message))
        throw error;
      return loadModule();
    }
    try {
      vm.runInThisContext(source, { filename: main });
    } catch (error) {
      failure = error;
    }
    named = (name) => {
      try {
        return vm.runInThisContext(`typeof ${name} === "function" ? ${name} : undefined`);
      } catch {
        return undefined;
      }
    };
    const found = named(order.function) ?? exported.exports[order.function];
    // what its own calls came to is no matter as long as there is a function
    if (found !== undefined && failure !== null) put(2, `${told(failure)}\n`);
    else if (failure !== null) throw failure;
    return found;
  }

  async function loadModule() {
    const classes = ["ListNode", "TreeNode"].filter((name) =>
      new RegExp(`(class|function|const|let|var)\\s+${name}\\b`).test(source),
    );
    const names = [order.function, ...classes];
    const out = names.map((name) => `${name} as __judged_${name}`).join(", ");
    fs.writeFileSync(copy, `${source}\nexport { ${out} };\n`);
    const loaded = await import(pathToFileURL(copy).href);
    named = (name) => loaded[`__judged_${name}`];
    return named(order.function);
  }

  async function call(judged, line) {
    const args = parse(line).map((value, at) => build(value, order.parameters[at]));
    const frame = {};
    const began = clock();
    const spent = () => Number((clock() - began) / 1000n);
    try {
      let value = judged(...args);
      if (value instanceof Promise) value = await value;
      frame.t = spent();
      if (order.inPlace !== null) value = args[order.inPlace];
      const result = taken(value, order.result);
      if (stringify(result).length > LONGEST_RESULT)
        throw new Unfit(`The result is longer than ${LONGEST_RESULT} characters.`);
      frame.v = result;
    } catch (error) {
      frame.t ??= spent();
      frame.e = error instanceof Unfit ? error.message : told(error);
    }
    return frame;
  }

  async function main() {
    let judged;
    try {
      judged = await load();
      if (typeof judged !== "function")
        throw new Unfit(`There is no function ${order.function} in ${order.main}.`);
    } catch (error) {
      const text = error instanceof Unfit ? error.message : told(error);
      tell({ load: text });
      put(2, `${text}\n`);
      return exit(1);
    }
    put(2, `${nonce}:-1\n`); // what loading printed
    for (const [index, line] of tests.entries()) {
      const frame = await call(judged, line);
      put(2, `${nonce}:${index}\n`);
      tell({ i: index, ...frame, m: usage().maxRSS * 1024 });
    }
    return exit(0); // timers of the judged code do not keep it
  }
  main();
})();
