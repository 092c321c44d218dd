import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputError } from "./input-error.ts";

describe("InputError", () => {
  it.each([
    [undefined, "missing"],
    ["a", '"a"'],
    [Number.NaN, "NaN"],
    [Number.POSITIVE_INFINITY, "Infinity"],
    [5n, "5n"],
    [{ a: 1 }, '{"a":1}'],
    ["x".repeat(100), `"${"x".repeat(59)}… (102 characters)`],
  ])("shows %s", (value, shown) => {
    const error = new InputError("join.name", value, "text");
    expect(error.message).toBe(`join.name is ${shown}; accepted: text`);
    expect(error.field).toBe("join.name");
  });

  it("can be made of anything at all", () => {
    const circle: { self?: unknown } = Object.create(null) as object;
    circle.self = circle;
    const unshowable = fc.constantFrom<unknown>(circle, Symbol("s"), () => 1, 10n);
    fc.assert(
      fc.property(
        fc.oneof(fc.anything({ withBigInt: true, withNullPrototype: true }), unshowable),
        (value) => {
          expect(new InputError("field", value, "less").message).toMatch(/^field is .+; accepted: less$/s);
        },
      ),
    );
  });
});
