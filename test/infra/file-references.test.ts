import { describe, expect, test } from "@jest/globals";
import { fileReferences } from "../../infra/file-references.ts";

const file = (path: string) => ({ path, isFolder: false });
const folder = (path: string) => ({ path, isFolder: true });

describe("fileReferences", () => {
  test.each([
    ['new URL("./a.html", import.meta.url)', file("./a.html")],
    ["new URL('a%20b.html', import.meta.url)", file("a b.html")],
    ["new URL(`../data/x.csv`, import.meta.url)", file("../data/x.csv")],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the code of a module
    ["new URL(`./parts/${name}.html`, import.meta.url)", folder("./parts/")],
    ['new URL("parts/" + name, import.meta.url)', folder("parts/")],
    ['new URL(new URL("https://a.bc"), x), new URL("./a.html", import.meta.url)', file("./a.html")],
    ['join(import.meta.dirname, "a.html")', file("a.html")],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the code of a module
    ['path.resolve(import.meta.dirname, "..", "parts", `${name}.html`)', folder("../parts")],
    ['join(import.meta.dirname, "parts", name)', folder("parts")],
    ['const here = dirname(fileURLToPath(import.meta.url));\njoin(here, "a.html")', file("a.html")],
    [
      'const self = url.fileURLToPath(import.meta.url);\nconst __dirname = path.dirname(self);\npath.join(__dirname, "a.html")',
      file("a.html"),
    ],
    ['const here = fileURLToPath(new URL(".", import.meta.url));\njoin(here, "a.html")', file("a.html")],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the code of a module
    ["readFileSync(`${import.meta.dirname}/parts/a.html`)", file("parts/a.html")],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the code of a module
    ["readFileSync(`${import.meta.dirname}/parts/${name}`)", folder("parts/")],
    ['readFileSync(import.meta.dirname + "/a.html")', file("a.html")],
  ])("finds the file of %s", (code, reference) => {
    expect(fileReferences(code)).toEqual({ found: [reference], computed: [] });
  });

  test.each([
    "new URL(name, import.meta.url)",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the code of a module
    "new URL(`./${name}`, import.meta.url)",
    "join(import.meta.dirname, name)",
  ])("finds that the path of %s is computed", (code) => {
    expect(fileReferences(code)).toEqual({ found: [], computed: [code] });
  });

  test.each([
    "console.log(import.meta.url)",
    'new URL("https://example.com/a", import.meta.url)',
    'new URL(".", import.meta.url)',
    'join(tmpdir(), "a.html")',
    'if (import.meta.filename === process.argv[1]) console.log("main")',
  ])("finds no file in %s", (code) => {
    expect(fileReferences(code)).toEqual({ found: [], computed: [] });
  });
});
