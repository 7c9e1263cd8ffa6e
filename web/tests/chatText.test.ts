import { describe, expect, test } from "vitest";

import { type Block, blocksOf, type Part, partsOf } from "../src/room/chat/text";

const text = (words: string): Part => ({ kind: "text", text: words });
const code = (words: string): Part => ({ kind: "code", text: words });
const link = (words: string, href = words): Part => ({ kind: "link", text: words, href });
const plain = (...parts: Part[]): Block => ({ kind: "text", parts });
const fenced = (words: string): Block => ({ kind: "code", text: words });

describe("parts of a line", () => {
  test("markup of any kind is text", () => {
    const hostile = "<img src=x onerror=alert(1)> **b** [x](javascript:alert(1)) &lt;";
    expect(partsOf(hostile)).toEqual([text(hostile)]);
  });

  test("code stands between backquotes on one line", () => {
    expect(partsOf("use `x < 1` or `y`!")).toEqual([
      text("use "),
      code("x < 1"),
      text(" or "),
      code("y"),
      text("!"),
    ]);
    expect(partsOf("one ` is nothing, `` too")).toEqual([text("one ` is nothing, `` too")]);
    expect(partsOf("`a\nb`")).toEqual([text("`a\nb`")]);
  });

  test("an address in code is no link", () => {
    expect(partsOf("`https://example.com`")).toEqual([code("https://example.com")]);
  });

  test.each([
    ["see https://example.com/a.", "https://example.com/a", "."],
    ["(https://example.com/a)", "https://example.com/a", ")"],
    ["see https://example.com/a_(b)?", "https://example.com/a_(b)", "?"],
    ["see https://example.com/?q=[1],", "https://example.com/?q=[1]", ","],
    ["see https://example.com/a).", "https://example.com/a", ")."],
  ])("%s: the sentence is not part of the address", (line, address, rest) => {
    const [, found, after] = partsOf(line);
    expect(found).toMatchObject({ kind: "link", href: address });
    expect(after).toEqual(text(rest));
  });

  test("an address is shown as it was written", () => {
    expect(partsOf("HTTP://Example.com")).toEqual([link("HTTP://Example.com", "http://example.com/")]);
  });

  test.each([
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "file:///etc/passwd",
    "ftp://example.com",
    "https://",
    "https://safe.example@evil.example/",
    "https://user:word@example.com/",
    "//example.com",
    "vbscript:x",
    "java\nscript:alert(1)",
  ])("%s is no link", (line) => {
    expect(partsOf(line).filter(({ kind }) => kind === "link")).toEqual([]);
    expect(partsOf(line).map((part) => part.text).join("")).toBe(line);
  });

  test("nothing can break out of an address", () => {
    const [found] = partsOf('https://example.com/"onmouseover="alert(1)');
    expect(found).toEqual(link("https://example.com/"));
  });
});

describe("blocks of a message", () => {
  test("a fence makes a block, with or without a language", () => {
    expect(blocksOf("look:\n```python\nx = 1\n\nprint(`x`)\n```\nright?")).toEqual([
      plain(text("look:")),
      fenced("x = 1\n\nprint(`x`)"),
      plain(text("right?")),
    ]);
    expect(blocksOf("```\na\n```\n```c++\nb\n```")).toEqual([fenced("a"), fenced("b")]);
  });

  test("a fence on one line is a block too", () => {
    expect(blocksOf("so ```x = 1``` then\n```\ny\n```")).toEqual([
      plain(text("so")),
      fenced("x = 1"),
      plain(text(" then")),
      fenced("y"),
    ]);
  });

  test("a fence that is not closed is text", () => {
    expect(blocksOf("```\nx = 1")).toEqual([plain(text("```\nx = 1"))]);
  });

  test("an empty block stays one", () => {
    expect(blocksOf("```\n```")).toEqual([fenced("")]);
  });

  test("lines and indentation of a text stay as they are", () => {
    expect(blocksOf("  a\n\n  b  ")).toEqual([plain(text("  a\n\n  b"))]);
  });

  test("the longest message of backquotes takes no time", () => {
    const began = performance.now();
    blocksOf("`".repeat(4000));
    blocksOf("```\n".repeat(1000));
    blocksOf("``` \t".repeat(800));
    blocksOf("https://a".repeat(400) + ")".repeat(400));
    blocksOf(" \n".repeat(2000) + "x");
    expect(performance.now() - began).toBeLessThan(500);
  });
});
