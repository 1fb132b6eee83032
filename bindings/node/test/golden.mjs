// The golden cases that all languages share, and how a result is compared with one.

import { readFileSync } from "node:fs";

import { camel, camelPath } from "../lib/convert.js";

export const ROOT = new URL("../../../", import.meta.url);
export const CASES = ["valuation", "textbook"].flatMap((name) =>
  JSON.parse(readFileSync(new URL(`tests/golden/${name}.json`, ROOT), "utf8")).cases);

/** A case by its name, with its inputs in the names of JavaScript. */
export const named = (id) => CASES.find((one) => one.id === id);

/** A value with the names of its objects in camelCase, but for those keyed by the caller. */
export function inCamel(value) {
  if (Array.isArray(value)) {
    return value.map(inCamel);
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [camel(key), inCamel(inner)]));
  }
  return value;
}

/** Compares only what is wanted, in the names of JavaScript; a line for each difference. */
export function differences(got, want, tolerance, path = "") {
  if (Array.isArray(want) && Array.isArray(got) && want.length === got.length) {
    return want.flatMap((value, i) => differences(got[i], value, tolerance, `${path}[${i}]`));
  }
  if (isObject(want) && isObject(got)) {
    return Object.entries(want).flatMap(([name, value]) =>
      differences(got[camel(name)] ?? got[name] ?? null, value, tolerance, path === "" ? name : `${path}.${name}`));
  }
  if (typeof want === "number" && (typeof got === "number" || typeof got === "bigint")) {
    const { rel, abs } = allowed(tolerance, path);
    return Math.abs(Number(got) - want) <= Math.max(abs, rel * Math.abs(want)) ? [] : [`${path}: ${got} != ${want}`];
  }
  return got === want || got === camelPath(String(want)) ? [] : [`${path}: ${JSON.stringify(got)} != ${JSON.stringify(want)}`];
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

function allowed(tolerance, path) {
  const covering = Object.keys(tolerance.fields ?? {})
    .filter((field) => path === field || path.startsWith(`${field}.`) || path.startsWith(`${field}[`))
    .sort((a, b) => b.length - a.length);
  const own = tolerance.fields?.[covering[0]] ?? {};
  return { rel: own.rel ?? tolerance.rel ?? 0, abs: own.abs ?? tolerance.abs ?? 0 };
}
