import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "@jest/globals";
import { pages, root, textOf } from "./support/pages.ts";

/** GitHub's anchors of the headings. */
const anchorsOf = (page: string): readonly string[] =>
  (textOf(page).match(/^#+ .*$/gm) ?? []).map((heading) =>
    heading
      .replace(/^#+ /, "")
      .toLowerCase()
      .replaceAll(/[^\w -]/g, "")
      .replaceAll(" ", "-"),
  );

const isReachable = (page: string, link: string): boolean => {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? page : normalize(join(dirname(page), path));
  return existsSync(join(root, target)) && (anchor === undefined || anchorsOf(target).includes(anchor));
};

test.each(pages)("%s links only to pages and sections that exist", (page) => {
  const links = [...textOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
  const own = links.filter((link) => !/^https?:/.test(link));
  expect(own.filter((link) => !isReachable(page, link))).toEqual([]);
});

test.each(pages.filter((page) => page !== "docs/README.md"))("the documentation links to %s", (page) => {
  const linked = pages.flatMap((from) =>
    [...textOf(from).matchAll(/\]\(([^)#\s]+)/g)].map(([, path = ""]) =>
      normalize(join(dirname(from), path)),
    ),
  );
  if (page !== "README.md") expect(linked).toContain(page);
});
