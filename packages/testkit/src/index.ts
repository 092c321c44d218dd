export { openBrowser } from "./browser.ts";
export { eventually } from "./eventually.ts";
export { type Launched, launch } from "./launch.ts";
