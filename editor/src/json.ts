// Plain values and paths into them, and how both are told apart and shown. Knows neither YAML nor schemas.

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Fields = { [key: string]: Json };
export type Path = readonly (string | number)[];

/** What stands in the place of a secret; written back, it keeps the secret as it is. */
export const HIDDEN = "hidden";

/** Whether it is a mapping. */
export function isFields(value: Json | undefined): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether it is neither a list nor a mapping. */
export function isScalar(value: Json | undefined): value is null | boolean | number | string {
  return value !== undefined && (value === null || typeof value !== "object");
}

/** A key's value; never what every object inherits. */
export function own(value: Json | undefined, key: string | number): Json | undefined {
  if (Array.isArray(value)) return typeof key === "number" || /^\d+$/.test(key) ? value[Number(key)] : undefined;
  return isFields(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** What stands at a path. */
export function at(value: Json | undefined, path: Path): Json | undefined {
  return path.reduce<Json | undefined>(own, value);
}

/** Whether two values are the same; the order of keys does not matter. */
export function same(left: Json | undefined, right: Json | undefined): boolean {
  if (Array.isArray(left)) return Array.isArray(right) && left.length === right.length && left.every((item, place) => same(item, right[place]));
  if (!isFields(left)) return left === right;
  const keys = Object.keys(left);
  return isFields(right) && keys.length === Object.keys(right).length && keys.every((key) => Object.hasOwn(right, key) && same(left[key], right[key]));
}

/** The value with another one at that path, or with none there. What is on the way is made where it is missing. */
export function withAt(value: Json | undefined, path: Path, wanted: Json | undefined): Json | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return wanted;
  if (Array.isArray(value)) {
    const inner = withAt(value[Number(key)], rest, wanted);
    return inner === undefined ? value.filter((_, place) => place !== Number(key)) : value.toSpliced(Number(key), 1, inner);
  }
  const inner = withAt(own(value, key), rest, wanted);
  const others = isFields(value) ? Object.entries(value).filter(([other]) => other !== String(key)) : [];
  return Object.fromEntries(inner === undefined ? others : [...others, [String(key), inner]]);
}

/** A value in few words. */
export function brief(value: Json): string {
  const text = typeof value === "string" && value !== "" ? value : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
