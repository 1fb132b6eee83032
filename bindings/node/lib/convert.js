// JavaScript values to the core's JSON text and back: the only place where the two meet.
//
// Names are camelCase here and snake_case there. A model's schema says which objects have known
// names and which are keyed by the caller; the caller's keys are never touched. Texts that are paths
// or names of outputs are converted as well. A number that is not finite is refused by its path.

import { ValorError } from "./errors.js";

const DEEPEST = 64;

/** Fields whose texts are paths or names of outputs. */
const PATHS = new Set(["path", "paths", "drivers", "output", "outputs", "primary"]);
/** Objects keyed by paths or names of outputs. */
const KEYED_BY_PATH = new Set(["y", "values", "patch", "thresholds", "edges", "outputs", "base"]);
/** Fields that are bigint whatever their size; beyond 2^53 JSON carries their digits as text. */
const BIG = new Set(["seed", "draw"]);

/** `value_per_share` as `valuePerShare`; a text that is no such name stays as it is. */
export function camel(name) {
  return /^[a-z][a-z0-9]*(_[a-z0-9]+)+$/.test(name) ? name.replace(/_([a-z0-9])/g, (_, first) => first.toUpperCase()) : name;
}

/** `valuePerShare` as `value_per_share`; a text that is no such name stays as it is. */
export function snake(name) {
  return /^[a-z][A-Za-z0-9]*$/.test(name) && /[A-Z]/.test(name)
    ? name.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`)
    : name;
}

const eachName = (path, convert) => path.replace(/[A-Za-z_][A-Za-z0-9_]*/g, convert);

/** A path in the core's names. */
export const snakePath = (path) => eachName(path, snake);

/** A path in JavaScript's names. */
export const camelPath = (path) => eachName(path, camel);

/** Finds a model's schema; set by the module that can ask for it. */
let schemaOf = () => undefined;
export function useSchemas(find) {
  schemaOf = find;
}

class Writer {
  constructor() {
    this.problems = [];
  }

  refuse(path, value, constraint) {
    this.problems.push({ kind: "InvalidInput", field: path, value, constraint });
    return "null";
  }

  write(value, schema, path, depth) {
    switch (typeof value) {
      case "number":
        return Number.isFinite(value) ? JSON.stringify(value) : this.refuse(path, String(value).replace("Infinity", "inf"), "finite number");
      case "string":
        return JSON.stringify(value);
      case "boolean":
        return value ? "true" : "false";
      case "bigint":
        return value.toString();
      case "undefined":
        return "null";
      case "object":
        if (value === null) {
          return "null";
        }
        return depth > DEEPEST ? this.refuse(path, "…", "nested less deeply") : this.composite(value, schema, path, depth);
      default:
        return this.refuse(path, typeof value, "a number, text, date, array, object, or null");
    }
  }

  composite(value, schema, path, depth) {
    if (Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))) {
      const items = schema?.items ?? choice(schema, "items")?.items;
      const parts = [];
      for (let i = 0; i < value.length; i += 1) {
        parts.push(this.write(value[i], items, `${path}[${i}]`, depth + 1));
      }
      return `[${parts.join(",")}]`;
    }
    if (value instanceof Date) {
      return this.date(value, path);
    }
    if (typeof value.toJSON === "function") {
      return this.write(value.toJSON(), schema, path, depth + 1);
    }
    if (value instanceof Map) {
      return this.composite(Object.fromEntries(value), schema, path, depth);
    }
    return this.entries(value, schema, path, depth);
  }

  date(value, path) {
    const text = Number.isNaN(value.getTime()) ? undefined : value.toISOString();
    if (text === undefined || !text.endsWith("T00:00:00.000Z")) {
      return this.refuse(path, text ?? "Invalid Date", "a date without a time of day, as new Date(\"2026-11-24\")");
    }
    return JSON.stringify(text.slice(0, 10));
  }

  entries(value, schema, path, depth) {
    const properties = schema?.properties ?? choice(schema, "properties")?.properties;
    const keyed = schema?.additionalProperties || choice(schema, "additionalProperties")?.additionalProperties;
    const parts = [];
    const given = new Map();
    for (const [key, inner] of Object.entries(value)) {
      const at = path === "" ? key : `${path}.${key}`;
      const name = properties === undefined && keyed ? key : snake(key);
      if (inner === undefined) {
        continue;
      }
      if (given.has(name)) {
        this.refuse(at, null, `given both as ${given.get(name)} and as ${key}`);
        continue;
      }
      given.set(name, key);
      parts.push(`${JSON.stringify(name)}:${this.field(name, inner, value, properties?.[name] ?? (keyed || undefined), at, depth)}`);
    }
    return `{${parts.join(",")}}`;
  }

  field(name, inner, parent, schema, path, depth) {
    if (BIG.has(name) && typeof inner === "bigint" && inner > BigInt(Number.MAX_SAFE_INTEGER)) {
      return JSON.stringify(inner.toString());
    }
    if (KEYED_BY_PATH.has(name) && isPlain(inner)) {
      const renamed = Object.entries(inner).map(([key, value]) => [snakePath(key), value]);
      return this.write(Object.fromEntries(renamed), { additionalProperties: true }, path, depth + 1);
    }
    if (PATHS.has(name)) {
      return this.write(eachText(inner, snakePath), schema, path, depth + 1);
    }
    if ((schema === undefined || isFree(schema)) && typeof parent.model === "string" && isPlain(inner)) {
      return this.write(inner, schemaOf(parent.model)?.inputs, path, depth + 1);
    }
    return this.write(inner, schema, path, depth + 1);
  }
}

const isPlain = (value) => typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
const isFree = (schema) => schema.type === undefined && schema.anyOf === undefined && schema.oneOf === undefined;
const choice = (schema, name) => (schema?.anyOf ?? schema?.oneOf)?.find((one) => one[name]);

function eachText(value, convert) {
  if (typeof value === "string") {
    return convert(value);
  }
  return Array.isArray(value) ? value.map((inner) => eachText(inner, convert)) : value;
}

/** The core's JSON text of a value with the schema of the inputs it is for. */
export function toNative(value, schema) {
  const writer = new Writer();
  const text = writer.write(value ?? {}, schema, "", 0);
  if (writer.problems.length > 0) {
    const [{ field, value: shown, constraint, kind }, ...also] = writer.problems;
    throw new ValorError(`${field}: ${JSON.stringify(shown)} is not allowed: ${constraint}`, { kind, field, value: shown, constraint, also });
  }
  return text;
}

/** A JavaScript value of the core's JSON text with the schema of the outputs it is. */
export function fromNative(text, schema) {
  return fromParsed(JSON.parse(text), schema);
}

/** As `fromNative` where the text has been parsed. */
export function fromParsed(value, schema) {
  return read(value, schema, undefined, undefined);
}

function read(value, schema, name, model) {
  if (Array.isArray(value)) {
    if (PATHS.has(name) && value.every((inner) => typeof inner === "string")) {
      return value.map(camelPath);
    }
    const items = schema?.items ?? choice(schema, "items")?.items;
    return value.map((inner) => read(inner, items, undefined, model));
  }
  if (typeof value === "object" && value !== null) {
    return typeof value.$integer === "string" ? BigInt(value.$integer) : entries(value, schema, name, model);
  }
  if (typeof value === "string" && PATHS.has(name)) {
    return camelPath(value);
  }
  const digits = typeof value === "number" ? Number.isInteger(value) : typeof value === "string" && /^[0-9]+$/.test(value);
  return BIG.has(name) && digits ? BigInt(value) : value;
}

function entries(value, schema, name, model) {
  const properties = schema?.properties ?? choice(schema, "properties")?.properties;
  const keyed = schema?.additionalProperties || choice(schema, "additionalProperties")?.additionalProperties;
  const byPath = KEYED_BY_PATH.has(name);
  const free = schema === undefined || isFree(schema);
  const known = free && model !== undefined ? schemaOf(model)?.outputs?.properties : undefined;
  const result = {};
  for (const [key, inner] of Object.entries(value)) {
    const callers = properties === undefined && keyed && !byPath;
    const shown = callers ? key : byPath ? camelPath(key) : camel(key);
    const within = properties?.[key] ?? known?.[key] ?? (keyed || undefined);
    result[shown] = read(inner, within === true ? undefined : within, key, typeof value.model === "string" ? value.model : model);
  }
  return result;
}

/** The details of an error of the native half in JavaScript's names. */
export function errorFromNative(details) {
  const result = {};
  for (const [name, value] of Object.entries(details)) {
    result[camel(name)] = name === "also" ? value.map(errorFromNative) : plain(value);
  }
  if (typeof result.field === "string") {
    result.field = camelPath(result.field);
  }
  return result;
}

function plain(value) {
  if (Array.isArray(value)) {
    return value.map(plain);
  }
  if (typeof value === "object" && value !== null) {
    if (typeof value.$integer === "string") {
      return BigInt(value.$integer);
    }
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [camel(key), plain(inner)]));
  }
  return value;
}
