/** What a source refers to beside it. */
export interface FileReference {
  /** The path as the source has it. */
  readonly path: string;
  /** Whether the path is only the folder of files whose names are computed. */
  readonly isFolder: boolean;
}

export interface FileReferences {
  readonly found: readonly FileReference[];
  /** The code of references whose path is computed from its first part on. */
  readonly computed: readonly string[];
}

/**
 * Finds the files that a module refers to by its own location: `new URL("./a.html", import.meta.url)`,
 * `join(import.meta.dirname, "a.html")` and what is written in place of it.
 * @param code the module without comments and types
 */
export const fileReferences = (code: string): FileReferences => {
  const paths = [...urlPaths(code), ...joinedPaths(code), ...textPaths(code)];
  return {
    found: paths.filter((path) => path !== undefined && "path" in path),
    computed: paths.flatMap((path) => ("computed" in path ? [path.computed] : [])),
  };
};

type Path = FileReference | { readonly computed: string };

const urlPaths = (code: string): readonly Path[] =>
  [...code.matchAll(/new URL\(((?:(?!new URL\()[^;])*?),\s*import\.meta\.url\s*\)/g)].flatMap(
    ([call, argument = ""]): readonly Path[] => {
      const { text, isWhole } = leadingText(argument.trim());
      if (/^(?:[a-z][a-z+.-]*:|\/|\.?\/?$)/i.test(text) && isWhole) return [];
      const path = decodeURI(text);
      if (isWhole) return [{ path, isFolder: false }];
      const folder = path.slice(0, path.lastIndexOf("/") + 1);
      return [/[^./]/.test(folder) ? { path: folder, isFolder: true } : { computed: call }];
    },
  );

/** The text with which an expression begins, and whether that is all of it. */
const leadingText = (expression: string): { readonly text: string; readonly isWhole: boolean } => {
  const [whole, quoted] = expression.match(/^["']((?:[^"'\\]|\\.)*)["']/) ?? [];
  if (whole !== undefined) return { text: quoted ?? "", isWhole: whole.length === expression.length };
  const [template, text = "", end] = expression.match(/^`([^`$]*)(`|\$\{)/) ?? [];
  return { text, isWhole: end === "`" && template?.length === expression.length };
};

const ownFile = String.raw`(?:[\w$]+\.)?fileURLToPath\(import\.meta\.url\)|import\.meta\.filename`;

/** Expressions for the folder of a module, and the names of constants that hold it. */
const ownFolders = (code: string): string => {
  const files = [ownFile, ...constantsOf(code, ownFile)].join("|");
  const folder = String.raw`import\.meta\.dirname|(?:[\w$]+\.)?dirname\((?:${files})\)|(?:[\w$]+\.)?fileURLToPath\(new URL\("\.\/?",\s*import\.meta\.url\)\)`;
  return [folder, ...constantsOf(code, folder)].join("|");
};

const constantsOf = (code: string, value: string): readonly string[] =>
  [
    ...code.matchAll(new RegExp(String.raw`(?:const|let|var)\s+([\w$]+)\s*=\s*(?:${value})\s*[;,\n]`, "g")),
  ].map(([, name = ""]) => name.replaceAll("$", "\\$"));

const joinedPaths = (code: string): readonly Path[] => {
  const call = new RegExp(
    String.raw`\b(?:join|resolve)\(\s*(?:${ownFolders(code)})\s*,((?:"(?:[^"\\]|\\.)*"|[^;"])*?\))`,
    "g",
  );
  return [...code.matchAll(call)].map(([whole, rest = ""]): Path => {
    const [literals = ""] = rest.match(/^(?:\s*"(?:[^"\\]|\\.)*"\s*[,)])*/) ?? [];
    const parts = [...literals.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, part = ""]) => part);
    if (parts.length === 0) return { computed: whole };
    return { path: parts.join("/"), isFolder: !literals.endsWith(")") };
  });
};

/** `${import.meta.dirname}/a.html`, or the same by `+`. */
const textPaths = (code: string): readonly Path[] => {
  const folders = ownFolders(code);
  const template = new RegExp(String.raw`\$\{(?:${folders})\}/([^\x60$]*)(\x60|\$)`, "g");
  const sum = new RegExp(String.raw`(?:${folders})\s*\+\s*"/([^"]*)"(\s*\+)?`, "g");
  return [
    ...[...code.matchAll(template)].map(([whole, text = "", end]) => pathOf(whole, text, end === "`")),
    ...[...code.matchAll(sum)].map(([whole, text = "", more]) => pathOf(whole, text, more === undefined)),
  ];
};

const pathOf = (whole: string, text: string, isWhole: boolean): Path => {
  if (isWhole) return { path: text, isFolder: false };
  const folder = text.slice(0, text.lastIndexOf("/") + 1);
  return folder === "" ? { computed: whole } : { path: folder, isFolder: true };
};
