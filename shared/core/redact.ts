/** Replaces secrets in a text by a mark. */
export type Redact = (text: string) => string;

export interface Redactor {
  readonly redact: Redact;
  /** Values that are secret from now on, wherever they appear. Those shorter than 4 characters are ignored. */
  register(values: readonly string[]): void;
}

export const redacted = "[redacted]";

/** A shorter value is found in too many texts that have nothing to do with it. */
const minSecretLength = 4;

/**
 * A redactor that replaces what looks like a secret and, exactly, the values that are registered with it.
 * @param values the first ones to register
 */
export const createRedactor = (values: readonly string[] = []): Redactor => {
  let secrets: readonly string[] = [];
  const register = (more: readonly string[]): void => {
    const forms = more.filter(({ length }) => length >= minSecretLength).flatMap(formsOf);
    // The longest first: one secret may be a part of another.
    secrets = [...new Set([...secrets, ...forms])].sort((a, b) => b.length - a.length);
  };
  register(values);
  return {
    register,
    redact: (text) =>
      redactPatterns(secrets.reduce((rest, secret) => rest.replaceAll(secret, redacted), text)),
  };
};

/** A secret as it is, inside a JSON text, and inside a URL. */
const formsOf = (secret: string): readonly string[] => [
  secret,
  JSON.stringify(secret).slice(1, -1),
  encodeURIComponent(secret.toWellFormed()),
];

/** Replaces what looks like a secret: by its name, its form, or the header that it is in. */
export const redactPatterns: Redact = (text) =>
  patterns.reduce((rest, [pattern, replacement]) => rest.replace(pattern, replacement), text);

/** Names as they appear in a text, before a colon or an equals sign. */
const secretNames =
  "pass(?:word|wd|phrase|code)|pwd|secret|token|(?:api|access|private|secret)[-_]?key|authorization|credentials?|signature|card[-_]?(?:number)?|cvv|cvc";
const name = `(?<![\\w-])[\\w-]{0,40}?(?i:${secretNames})`;

/**
 * In a sentence a name may be followed by a colon and a word ("password: expected text"), so that a bare value counts
 * as a secret only if it does not look like a word.
 */
const unlikeWord = "(?=[^\\s,;]*(?:\\d|[a-z][A-Z]))";
const bareValue = "[^\\s,;&(){}\\[\\]\"'`]";

const patterns: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|$)/g, redacted],
  // postgres://user:password@host
  [/\b([a-z][a-z0-9+.-]{0,20}:\/\/[^\s:/@"'`]{0,200}:)[^\s@/"'`]+(?=@)/gi, `$1${redacted}`],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, redacted],
  [/\b(A(?:KIA|SIA|ROA|IDA|BIA|CCA))[A-Z0-9]{16}\b/g, `$1${redacted}`],
  [
    /\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{20,}|npm_\w{30,}|xox[a-z]-[\w-]{10,}|[rs]k_(?:live|test)_\w{10,}|sk-[\w-]{20,}|AIza[\w-]{30,})/g,
    redacted,
  ],
  // A secret access key of AWS: 40 characters with digits and letters of both cases, which no hash in hex has.
  [
    /(?<![\w/+=.-])(?=[A-Za-z0-9/+]{0,39}\d)(?=[A-Za-z0-9/+]{0,39}[A-Z])(?=[A-Za-z0-9/+]{0,39}[a-z])[A-Za-z0-9/+]{40}(?![\w/+=-]|\.\w)/g,
    redacted,
  ],
  [new RegExp(`\\b((?i:Bearer|Basic)\\s+)${unlikeWord}[\\w.~+/=-]{8,}`, "g"), `$1${redacted}`],
  [/\b((?:set-)?cookie["']?\s*[:=]\s*["']?)[^\s"'=]{1,100}=[^\r\n"']*/gi, `$1${redacted}`],
  // "password":"…", also where the whole is a JSON text inside another.
  [new RegExp(`(${name}\\\\["']\\s*:\\s*\\\\(["']))[\\s\\S]*?(?=\\\\\\2|$)`, "g"), `$1${redacted}`],
  [new RegExp(`(${name}["']?\\s*[:=]\\s*(["'\`]))(?:\\\\[\\s\\S]|(?!\\2)[^\\\\])*`, "g"), `$1${redacted}`],
  [new RegExp(`(${name}\\\\?["']\\s*:\\s*)-?\\d[\\w.]*`, "g"), `$1${redacted}`],
  [new RegExp(`(${name}\\s*=(?![=>])\\s*)${bareValue}+`, "g"), `$1${redacted}`],
  [new RegExp(`(${name}\\s*:\\s*)${unlikeWord}${bareValue}{6,}`, "g"), `$1${redacted}`],
];

/** Whether a field of this name holds a secret, so that its value is not shown. */
export const isSecretName = (field: string): boolean => {
  const words = field
    .split(/(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+/)
    .map((word) => word.toLowerCase())
    .filter(Boolean);
  return words.some((word) => secretWords.has(word)) || secretEnd.test(words.join(""));
};

const secretWords: ReadonlySet<string> = new Set([
  "password",
  "passwd",
  "passphrase",
  "passcode",
  "pwd",
  "secret",
  "secrets",
  "token",
  "jwt",
  "otp",
  "authorization",
  "credential",
  "credentials",
  "cookie",
  "card",
  "cvv",
  "cvc",
  "pin",
  "ssn",
]);

const secretEnd =
  /(?:password|passwd|secret|token|cookie|(?:api|access|private|secret|account)key|cardnumber)$/;
