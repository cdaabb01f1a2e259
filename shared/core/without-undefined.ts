/** The fields of `T`: those that may be undefined are optional, and never undefined. */
type WithoutUndefined<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

type Flat<T> = { [K in keyof T]: T[K] };

/** A copy of an object without the fields that are undefined: stored rows and compared values have none. */
export function withoutUndefined<const T extends object>(fields: T): Flat<WithoutUndefined<T>>;
export function withoutUndefined(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
