import { describe, expect, it } from "vitest";
import { socketUrl } from "./warren.ts";

describe("[R5] where a seat's WebSocket is", () => {
  it.each([
    ["wss://play.example/r/1", "https://api.example", "wss://play.example/r/1"],
    ["ws://10.0.0.1:9000", "https://api.example", "ws://10.0.0.1:9000"],
    [":8081", "http://localhost:8080", "ws://localhost:8081"],
    [":8081", "https://play.example", "wss://play.example:8081"],
    [":8081", "https://play.example:444/warren", "wss://play.example:8081"],
    [":8081", "http://[::1]:8080", "ws://[::1]:8081"],
    [":8081", "http://127.0.0.1", "ws://127.0.0.1:8081"],
  ])("%s of %s is %s", (url, restUrl, expected) => {
    expect(socketUrl(url, restUrl)).toBe(expected);
  });
});
