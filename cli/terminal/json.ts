/** Formats JSON for reading: a value that fits stays on one line, others are broken up. */
export const readableJson = (value: unknown, columns: number, indent = ""): string => {
  const line = JSON.stringify(value) ?? "nothing";
  if (value === null || typeof value !== "object" || indent.length + line.length <= columns) return line;
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  const deeper = `${indent}  `;
  const parts = Array.isArray(value)
    ? value.map((part: unknown) => `${deeper}${readableJson(part, columns, deeper)}`)
    : Object.entries(value).map(
        ([key, part]) => `${deeper}${JSON.stringify(key)}: ${readableJson(part, columns, deeper)}`,
      );
  return `${open}\n${parts.join(",\n")}\n${indent}${close}`;
};
