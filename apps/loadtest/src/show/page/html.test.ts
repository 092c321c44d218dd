import { expect, it } from "vitest";
import { html, jsonHtml } from "./html.ts";

it("what is put in is text, in an element and in an attribute", () => {
  const text = `<b title="x" lang='y'>&amp;`;
  expect(html`<p title="${text}">${[text, 1, undefined, html`<i></i>`]}</p>`.text).toBe(
    '<p title="&lt;b title=&quot;x&quot; lang=&#39;y&#39;&gt;&amp;amp;">&lt;b title=&quot;x&quot; lang=&#39;y&#39;&gt;&amp;amp;1<i></i></p>',
  );
});

it("no text in JSON ends its script or opens a comment", () => {
  const value = ["</script><!--<script>"];
  const { text } = jsonHtml(value);
  expect(text).not.toContain("<");
  expect(JSON.parse(text)).toEqual(value);
});
