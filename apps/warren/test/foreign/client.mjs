/**
 * A player written from protocol.md alone: nothing of Warren, no protobuf library. It goes the whole
 * journey of that page, checks its rules on the way, and prints one line a step: `ok <rule> <what>`.
 * Exits 0 when everything held, otherwise 1.
 *
 *   node client.mjs <base url> [queue] [join json]
 */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import WebSocket from "ws";

const DEADLINE_MS = 20_000;
const STEP_MS = 5_000;
const VERSION = 3;
const [HELLO, RESUME, LEAVE, ACK, INPUT, ACTION, PING] = [0x01, 0x02, 0x03, 0x04, 0x10, 0x11, 0x12];
const [WELCOME, RESYNC, STATE, EVENT, REPLY, PONG] = [0x41, 0x42, 0x50, 0x51, 0x52, 0x53];

// The fields by their numbers, from 1. An absent one is 0 or empty, and both are falsy.
const WELCOME_FIELDS = (
  "protocolVersion sessionId resumeKey generation roomId roomName playerId epoch " +
  "tickHz sendHz wireFingerprint wireSchema actionSeq resumeGraceMs joinCode"
).split(" ");
const RESYNC_FIELDS = ["epoch", "eventSeq", "reason"];

function ok(rule, what) {
  console.log(`ok ${rule} ${what}`);
}

function must(condition, rule, what) {
  if (!condition) throw new Error(`${rule} does not hold: ${what}`);
}

// ---- bytes ----

/** Numbers go beyond 32 bits, so this divides and does not shift. */
function varint(value) {
  const bytes = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
  return Buffer.from([...bytes, rest]);
}

function text(value) {
  return Buffer.concat([varint(Buffer.byteLength(value)), Buffer.from(value)]);
}

class Reader {
  #bytes;

  constructor(bytes) {
    this.#bytes = bytes;
  }

  get left() {
    return this.#bytes.length;
  }

  take(length = this.left) {
    must(length <= this.left, "T3", `${length} bytes wanted, ${this.left} there`);
    const taken = this.#bytes.subarray(0, length);
    this.#bytes = this.#bytes.subarray(length);
    return taken;
  }

  varint() {
    let value = 0;
    for (let place = 0; place < 8; place++) {
      const [byte] = this.take(1);
      value += (byte % 0x80) * 2 ** (7 * place);
      if (byte < 0x80) return value;
    }
    throw new Error("a varint of more than 8 bytes");
  }

  text() {
    return this.take(this.varint()).toString();
  }
}

// ---- protobuf, as far as it is needed: uint32 (wire type 0) and string (wire type 2) ----

function encodeProto(...values) {
  const field = (value, i) => {
    if (!value) return Buffer.alloc(0);
    const isText = typeof value === "string";
    return Buffer.concat([varint((i + 1) * 8 + (isText ? 2 : 0)), isText ? text(value) : varint(value)]);
  };
  return Buffer.concat(values.map(field));
}

function decodeProto(names, reader) {
  const message = {};
  while (reader.left > 0) {
    const tag = reader.varint();
    must(tag % 8 === 0 || tag % 8 === 2, "2", `a field of wire type ${tag % 8}`);
    message[names[Math.floor(tag / 8) - 1]] = tag % 8 === 0 ? reader.varint() : reader.text();
  }
  return message;
}

// ---- frames ----

function frame(type, ...body) {
  const bytes = Buffer.concat(body);
  return Buffer.concat([Buffer.from([type]), varint(bytes.length), bytes]);
}

function splitMessage(message) {
  const reader = new Reader(message);
  const frames = [];
  while (reader.left > 0)
    frames.push({ type: reader.take(1)[0], body: new Reader(reader.take(reader.varint())) });
  return frames;
}

const hello = (token, fingerprint) => frame(HELLO, encodeProto(VERSION, token, fingerprint));
const input = (numbers, value) => frame(INPUT, ...numbers.map(varint), value);
const ping = (generation, stamp) => frame(PING, varint(generation), varint(stamp));
const action = (numbers, args) => frame(ACTION, ...numbers.map(varint), args);

function readStateHead(body) {
  const [epoch, tick, baseTick, inputNumber, inputsWaiting] = Array.from({ length: 5 }, () => body.varint());
  return { epoch, tick, baseTick, inputNumber, inputsWaiting };
}

// ---- values, by the wire schema ----

/** The name of each in the methods of Buffer. */
const NUMBERS = {
  ...{ u8: "UInt8", u16: "UInt16LE", u32: "UInt32LE" },
  ...{ i8: "Int8", i16: "Int16LE", i32: "Int32LE" },
  ...{ f32: "FloatLE", f64: "DoubleLE" },
};
const isNumber = (type) => typeof type === "string" && type in NUMBERS;
const sizeOf = (number) => Number(number.slice(1)) / 8;
/** The code of a value, or as many codes as there are but one. */
const codeOf = ([min, , precision], value) => Math.floor((value - min) / precision + 0.5);
const quantisedSize = (range) => [1, 2, 3, 4].find((bytes) => codeOf(range, range[1]) < 256 ** bytes);

function readValue(type, reader) {
  if (type === "bool") return readPlace([false, true], reader);
  if (isNumber(type)) return readNumber(type, reader);
  if (type === "varuint") return reader.varint();
  if (type === "varint") return readVarint(reader);
  if (type.quantised) return readQuantised(type.quantised, reader);
  if (type.angle)
    return (reader.take(type.angle / 8).readIntLE(0, type.angle / 8) * 2 * Math.PI) / 2 ** type.angle;
  if (type.enum) return readPlace(type.enum, reader);
  if (type.bytes) return [...reader.take(readCount(type.bytes, reader))];
  if (type.optional) return readPlace([false, true], reader) ? readValue(type.optional, reader) : undefined;
  if (type.array) return readItems(type.array, readCount(type.max, reader), reader);
  if (type.fixedArray) return readItems(type.fixedArray, type.length, reader);
  if (type.struct) return readFields(type.struct, (field) => readValue(field, reader));
  const value = reader.text();
  must(Buffer.byteLength(value) <= type.string, "6", `"${value}" is over ${type.string} bytes`);
  return value;
}

function readPlace(list, reader) {
  const [place] = reader.take(1);
  must(place < list.length, "6", `place ${place} in a list of ${list.length}`);
  return list[place];
}

function readNumber(type, reader) {
  const value = reader.take(sizeOf(type))[`read${NUMBERS[type]}`]();
  must(Number.isFinite(value), "6", `the number ${value}`);
  return value;
}

function readVarint(reader) {
  const code = reader.varint();
  return code % 2 === 0 ? code / 2 : -(code + 1) / 2;
}

function readQuantised(range, reader) {
  const size = quantisedSize(range);
  const code = reader.take(size).readUIntLE(0, size);
  const [min, max, precision] = range;
  must(code <= codeOf(range, max), "6", `code ${code} of ${min} to ${max} by ${precision}`);
  return Math.min(max, min + code * precision);
}

function readCount(max, reader) {
  const count = reader.varint();
  must(count <= max, "6", `${count} items, at most ${max} allowed`);
  return count;
}

function readItems(type, length, reader) {
  return Array.from({ length }, () => readValue(type, reader));
}

function readFields(fields, makeValue) {
  return Object.fromEntries(fields.map(([name, type]) => [name, makeValue(type)]));
}

/** All are zero but for codes. */
function initialBytes(type) {
  if (type.struct) return Buffer.concat(type.struct.map(([, field]) => initialBytes(field)));
  if (type.fixedArray) return Buffer.concat(Array(type.length).fill(initialBytes(type.fixedArray)));
  if (type.angle) return Buffer.alloc(type.angle / 8);
  if (!type.quantised) return Buffer.alloc(isNumber(type) ? sizeOf(type) : 1);
  const [min, max] = type.quantised;
  const bytes = Buffer.alloc(quantisedSize(type.quantised));
  bytes.writeUIntLE(codeOf(type.quantised, Math.max(min, Math.min(max, 0))), 0, bytes.length);
  return bytes;
}

function initialValue(type) {
  return readValue(type, new Reader(initialBytes(type)));
}

/** An input that does something: its number `thrust`, or else its first number, is 1. */
function busyInput(type) {
  const fields = type.struct ?? [["thrust", type]];
  const numbers = fields.filter(([, field]) => isNumber(field));
  const busy = numbers.find(([name]) => name === "thrust") ?? numbers[0];
  const parts = fields.map(([, field]) => initialBytes(field));
  if (busy) parts[fields.indexOf(busy)][`write${NUMBERS[busy[1]]}`](1);
  return Buffer.concat(parts);
}

// ---- state ----

const [END, GONE, NEW, CHANGED] = [0, 1, 2, 3];

function emptyState({ values, tables }) {
  return {
    fields: values,
    values: readFields(values, initialValue),
    tables: tables.map(([name, { struct }]) => ({ name, fields: struct, rows: new Map() })),
  };
}

function applyPayload(state, reader, isSnapshot) {
  const given = readMask(state.fields.length, reader);
  for (const i of given) state.values[state.fields[i][0]] = readValue(state.fields[i][1], reader);
  for (const table of state.tables) {
    let last = END;
    for (let block = reader.take(1)[0]; block !== END; [block] = reader.take(1)) {
      must(block <= CHANGED && block >= last, "D3", `block ${block} after ${last} in ${table.name}`);
      must(block === NEW || !isSnapshot, "D1", `block ${block} in a snapshot`);
      applyBlock(table, block, readSlots(reader), reader);
      last = block;
    }
  }
  must(reader.left === 0, "6", `${reader.left} bytes are left over after the state`);
}

function applyBlock({ name, fields, rows }, block, slots, reader) {
  for (const slot of slots)
    must(rows.has(slot) === (block !== NEW), "D3", `block ${block} has slot ${slot} of ${name}`);
  if (block === GONE) for (const slot of slots) rows.delete(slot);
  if (block === NEW) for (const slot of slots) rows.set(slot, { key: reader.text(), fields: {} });
  const bits = block === CHANGED ? reader.take(Math.ceil(fields.length / 4)) : undefined;
  for (const [i, [field, type]] of fields.entries()) {
    const who = bits ? (bits[i >> 2] >> (2 * (i & 3))) & 3 : block === NEW ? 1 : 0;
    if (who === 3) applyDifferences(type, rows, slots, field, reader);
    const some =
      who === 2 ? readMask(slots.length, reader).map((place) => slots[place]) : who === 1 ? slots : [];
    for (const slot of some) rows.get(slot).fields[field] = readValue(type, reader);
  }
}

/** The codes are had from the values by writing them again. */
function applyDifferences(type, rows, slots, field, reader) {
  const size = codeSize(type);
  must(size === 1 || size === 2, "6", `${field} has differences and takes ${size} bytes`);
  const bits = size === 1 ? 4 : 12;
  const lowest = -(2 ** (bits - 1));
  const packed = reader.take(Math.ceil((slots.length * bits) / 8));
  const modulus = 256 ** size;
  const further = [];
  slots.forEach((slot, i) => {
    const byte = Math.floor((i * bits) / 8);
    const both = packed[byte] + (packed[byte + 1] ?? 0) * 256;
    const raw = Math.floor(both / 2 ** ((i * bits) % 8)) % 2 ** bits;
    const difference = raw < -lowest ? raw : raw + 2 * lowest;
    const row = rows.get(slot).fields;
    if (difference === lowest) further.push(row);
    else {
      const bytes = Buffer.alloc(size);
      bytes.writeUIntLE((codeOfValue(type, row[field]) + difference + modulus) % modulus, 0, size);
      row[field] = readValue(type, new Reader(bytes));
    }
  });
  for (const row of further) row[field] = readValue(type, reader);
}

function codeSize(type) {
  if (type === "bool" || type.enum) return 1;
  if (type.angle) return type.angle / 8;
  if (type.quantised) return quantisedSize(type.quantised);
  return isNumber(type) && !type.startsWith("f") ? sizeOf(type) : 0;
}

function codeOfValue(type, value) {
  const modulus = 256 ** codeSize(type);
  if (type === "bool") return Number(value);
  if (type.enum) return type.enum.indexOf(value);
  if (type.quantised) return codeOf(type.quantised, value);
  if (type.angle) return (Math.round((value * modulus) / (2 * Math.PI)) + modulus) % modulus;
  return (value + modulus) % modulus;
}

/** The places of the bits that are set. */
function readMask(length, reader) {
  const mask = reader.take(Math.ceil(length / 8));
  return Array.from({ length }, (_, i) => i).filter((i) => (mask[i >> 3] >> (i & 7)) & 1);
}

/** A row set. */
function readSlots(reader) {
  const count = reader.varint();
  const slots = [];
  while (slots.length < count) {
    const token = reader.varint();
    const first = (slots.at(-1) ?? -1) + 1 + Math.floor(token / 2);
    const length = token % 2 === 1 ? reader.varint() + 2 : 1;
    for (let slot = first; slot < first + length; slot++) slots.push(slot);
  }
  must(
    slots.length === count && (slots.at(-1) ?? 0) < 65_536,
    "6",
    `a row set of ${count} ends at ${slots.at(-1)}`,
  );
  return slots;
}

/** What the state shows of a player: the rows under the player's id or, in a game without, everything. */
function viewOf({ values, tables }, playerId) {
  const rows = tables.flatMap((table) => [...table.rows.values()]);
  const own = rows.filter(({ key }) => key === playerId);
  return JSON.stringify(own.length > 0 ? own : [values, rows]);
}

// ---- REST ----

class Player {
  #base;
  #headers = {};
  #ticketId;

  constructor(base, label) {
    this.#base = base;
    this.label = label;
  }

  async #post(path, body, key = randomUUID()) {
    const headers = {
      ...this.#headers,
      "idempotency-key": key,
      ...(body && { "content-type": "application/json" }),
    };
    const response = await fetch(this.#base + path, {
      method: "POST",
      headers,
      body: body && JSON.stringify(body),
    });
    const answer = await response.json();
    const isProblem = response.headers.get("content-type").startsWith("application/problem+json");
    must(isProblem === !response.ok, "1", `${response.status} with ${JSON.stringify(answer)}`);
    return { status: response.status, answer, shown: `${response.status} ${JSON.stringify(answer)}` };
  }

  async becomeGuest() {
    const { status, answer, shown } = await this.#post("/v1/guests");
    must(status === 201, "1", shown);
    this.#headers = { authorization: `Bearer ${answer.token}` };
    this.playerId = answer.playerId;
    ok("1", `${this.label}: guest ${this.playerId}`);
  }

  async postTicket(queue, join) {
    const body = { queues: [queue], join };
    const key = randomUUID();
    const made = await this.#post("/v1/tickets", body, key);
    must(made.status === 201, "1", made.shown);
    this.#ticketId = made.answer.ticketId;
    const same = await this.#post("/v1/tickets", body, key);
    must(same.status === 200 && same.answer.ticketId === this.#ticketId, "R1", same.shown);
    ok("R1", `${this.label}: ticket ${this.#ticketId}, and the same again with the same key`);
  }

  /** Reads the event stream of the ticket to its end. */
  async #events(afterId) {
    const headers = { ...this.#headers, ...(afterId && { "last-event-id": afterId }) };
    const response = await fetch(`${this.#base}/v1/tickets/${this.#ticketId}/events`, { headers });
    must(
      response.headers.get("content-type").startsWith("text/event-stream"),
      "R4",
      `status ${response.status}`,
    );
    return parseEvents(await response.text());
  }

  async waitForSeat() {
    const events = await this.#events();
    const last = events.at(-1);
    must(last?.event === "assigned", "R4", `the stream ended with ${JSON.stringify(last)}`);
    ok("R4", `${this.label}: ${events.map(({ event }) => event).join(", ")}`);
    const idsOf = (list) => list.map(({ id }) => id).join();
    const rest = idsOf(await this.#events(events[0].id));
    must(rest === idsOf(events.slice(1)), "R4", `after ${events[0].id} come ${rest}`);
    ok("R4", `${this.label}: Last-Event-ID continues after it`);
    return this.#connectable(JSON.parse(last.data));
  }

  async freshSeat(roomId) {
    const { answer, shown } = await this.#post(`/v1/players/me/seats/${roomId}`);
    must(answer.seatToken, "R6", shown);
    ok("R6", `${this.label}: a fresh seat`);
    return this.#connectable(answer);
  }

  /** `url` may be `:<port>`, on the host of REST (R5). */
  #connectable(seat) {
    const { protocol, hostname } = new URL(this.#base);
    const url = seat.url.startsWith(":")
      ? `${protocol.replace("http", "ws")}//${hostname}${seat.url}`
      : seat.url;
    return { ...seat, url };
  }
}

function parseEvents(stream) {
  const field = (line) => line.split(/: ?(.*)/s).slice(0, 2);
  return stream
    .split(/\r?\n\r?\n/)
    .map((block) => block.split(/\r?\n/).filter((line) => line && !line.startsWith(":")))
    .filter((lines) => lines.length > 0)
    .map((lines) => Object.fromEntries(lines.map(field)));
}

// ---- the session ----

class Session {
  #socket;
  #timer;
  #failure;
  /** The room has consumed an input that was sent on this socket, so it consumes a number each tick. */
  #isPaced = false;
  epoch = 0;
  tick = 0;
  deltas = 0;
  sentInput = 0;
  consumedInput = 0;
  inputsWaiting = 0;
  eventSeq = 0;
  events = [];
  replies = [];
  pongs = [];

  /** A session that knows the `schema` of its room opens with its fingerprint. */
  constructor(label, schema) {
    this.label = label;
    this.schema = schema;
  }

  /** Answers with the types of the frames of the first message. */
  async open(url, firstFrame) {
    const messages = [];
    this.closed = undefined;
    this.#isPaced = false;
    this.#socket = new WebSocket(url, "warren.v1");
    this.#socket.on("open", () => this.send(firstFrame));
    this.#socket.on("error", (error) => (this.#failure ??= error));
    this.#socket.on("close", (code, reason) => {
      this.stopInputs();
      this.closed = { code, reason: reason.toString() };
    });
    this.#socket.on("message", (data, isBinary) => messages.push(this.#receive(data, isBinary)));
    await this.until(() => messages.length > 0, "an answer to the first frame");
    return messages[0];
  }

  async until(condition, what) {
    for (const end = Date.now() + STEP_MS; !condition(); await sleep(5)) {
      if (this.#failure) throw this.#failure;
      must(
        !this.closed,
        this.label,
        `closed with ${this.closed?.code} ${this.closed?.reason}, waiting for ${what}`,
      );
      must(Date.now() < end, this.label, `${what} did not come`);
    }
    if (this.#failure) throw this.#failure;
  }

  send(bytes) {
    this.#socket.send(bytes);
  }

  startInputs() {
    const value = busyInput(this.schema.input);
    this.#timer = setInterval(() => {
      // The room may have consumed more than was sent: on above it (P5).
      this.sentInput = Math.max(this.sentInput, this.consumedInput) + 1;
      const seenAt = this.tick * 16;
      this.send(input([this.welcome.generation, this.sentInput, this.eventSeq, seenAt], value));
    }, 1000 / this.welcome.tickHz);
  }

  stopInputs() {
    clearInterval(this.#timer);
  }

  /** Lets go of the socket without a close frame, as a network does. */
  cut() {
    this.stopInputs();
    this.#socket.removeAllListeners().terminate();
  }

  /** Answers with the types of the frames. */
  #receive(data, isBinary) {
    try {
      must(isBinary, "T2", "the server sent text");
      const frames = splitMessage(data);
      for (const { type, body } of frames) this.#handle(type, body);
      return frames.map(({ type }) => type);
    } catch (error) {
      this.#failure ??= error;
      return [];
    }
  }

  #handle(type, body) {
    if (type === WELCOME) this.#onWelcome(decodeProto(WELCOME_FIELDS, body));
    else if (type === RESYNC) this.#onResync(decodeProto(RESYNC_FIELDS, body));
    else if (type === STATE) this.#onState(readStateHead(body), body);
    else if (type === EVENT) this.#onEvent(body);
    else if (type === REPLY) this.#onReply(body);
    else if (type === PONG) this.pongs.push({ stamp: body.varint(), left: body.left });
    else throw new Error(`T3 does not hold: a frame of type ${type} came down`);
  }

  #onEpoch(epoch) {
    must(epoch >= this.epoch, "P2", `epoch ${epoch} after ${this.epoch}`);
    this.epoch = epoch;
  }

  #onWelcome(welcome) {
    must(welcome.protocolVersion === VERSION, "H2", `protocol_version ${welcome.protocolVersion}`);
    this.#onEpoch(welcome.epoch ?? 0);
    must(
      !this.schema === Boolean(welcome.wireSchema),
      "H4",
      "the schema comes when it is needed and only then",
    );
    if (welcome.wireSchema) this.schema = JSON.parse(welcome.wireSchema);
    this.welcome = { actionSeq: 0, ...welcome };
  }

  #onResync({ epoch = 0, eventSeq = 0, reason }) {
    this.#onEpoch(epoch);
    must(eventSeq >= this.eventSeq, "S2", `RESYNC at event ${eventSeq}, ${this.eventSeq} are handled`);
    this.eventSeq = eventSeq;
    this.resyncReason = reason;
  }

  #onState({ epoch, tick, baseTick, inputNumber, inputsWaiting }, body) {
    const isNewEpoch = epoch > this.epoch;
    this.#onEpoch(epoch);
    must(
      baseTick === 0 || baseTick === this.tick,
      "P3",
      `base tick ${baseTick}, the tick here is ${this.tick}`,
    );
    must(tick > this.tick || isNewEpoch, "P3", `tick ${tick} after ${this.tick}`);
    must(inputNumber >= this.consumedInput, "P4", `inputNumber ${inputNumber} after ${this.consumedInput}`);
    must(inputNumber === 0 || this.sentInput > 0, "P5", `input ${inputNumber} consumed before the first`);
    must(inputsWaiting <= 8, "P5", `${inputsWaiting} inputs wait`);
    const [ticks, steps] = [tick - this.tick, inputNumber - this.consumedInput];
    if (this.#isPaced) must(steps >= ticks, "P5", `${steps} numbers in ${ticks} ticks`);
    this.#isPaced ||= steps > 0 && baseTick !== 0;
    if (baseTick === 0) this.state = emptyState(this.schema.state);
    else this.deltas += 1;
    applyPayload(this.state, body, baseTick === 0);
    this.tick = tick;
    this.consumedInput = inputNumber;
    this.inputsWaiting = inputsWaiting;
  }

  #onEvent(body) {
    this.#onEpoch(body.varint());
    const eventSeq = body.varint();
    must(eventSeq === this.eventSeq + 1, "P6", `event ${eventSeq} after ${this.eventSeq}`);
    this.eventSeq = eventSeq;
    const [tick, eventId] = [body.varint(), body.varint()];
    const [name, type] = this.schema.events[eventId];
    this.events.push({ name, tick, payload: readValue(type, body) });
    must(body.left === 0, "6", `${body.left} bytes are left over after the event ${name}`);
  }

  #onReply(body) {
    this.#onEpoch(body.varint());
    this.replies.push({ actionSeq: body.varint(), errorCode: body.text(), rest: body.take() });
  }
}

// ---- the journey ----

function checkBytes() {
  const bytes = (hex) => Buffer.from(hex.replaceAll(" ", ""), "hex");
  const none = Buffer.alloc(0);
  must(hello("abc").equals(bytes("01 07 08 03 12 03 61 62 63")), "7", "HELLO");
  const steering = input([1, 300, 2, 130.5 * 16], Buffer.from([1, 0]));
  must(steering.equals(bytes("10 08 01 ac 02 02 a8 10 01 00")), "7", "INPUT");
  must(action([1, 5, 2, 0], none).equals(bytes("11 04 01 05 02 00")), "7", "ACTION");
  const [{ body }] = splitMessage(bytes("50 08 07 82 01 81 01 03 01 00"));
  must(Object.values(readStateHead(body)).join() === "7,130,129,3,1" && body.left === 1, "7", "STATE");
  must(ping(1, 300).equals(bytes("12 03 01 ac 02")), "7", "PING");
  const [pong] = splitMessage(bytes("53 02 ac 02"));
  must(pong.type === PONG && pong.body.varint() === 300 && pong.body.left === 0, "7", "PONG");
  const slotsOf = (hex) => readSlots(new Reader(bytes(hex))).join();
  must(slotsOf("03 01 01") === "0,1,2" && slotsOf("02 02 04") === "1,4", "6", "row sets");
  ok("7", "the bytes to check against");
}

async function sitDown(player, seat, schema, fingerprint) {
  const session = new Session(player.label, schema);
  const frames = await session.open(seat.url, hello(seat.seatToken, fingerprint));
  must(frames[0] === WELCOME && frames[1] === STATE, "H5", `the first message has frames ${frames}`);
  const { roomId, playerId, roomName } = session.welcome;
  must(roomId === seat.roomId && playerId === player.playerId, "2", `${roomId} is another room`);
  ok("H5", `${player.label}: WELCOME to ${roomName}, a snapshot of tick ${session.tick}`);
  ok(
    "D1",
    `${player.label}: ${session.state.tables.map(({ name, rows }) => `${rows.size} ${name}`).join(", ")}`,
  );
  return session;
}

async function play(session, watcher) {
  const view = () => viewOf(watcher.state, session.welcome.playerId);
  const before = view();
  session.startInputs();
  await watcher.until(() => view() !== before, "a change of the other player");
  ok("P3", `${watcher.label}: sees ${session.label} change`);
  await session.until(() => session.consumedInput >= 10, "the own input numbers");
  ok("P4", `${session.label}: ${session.consumedInput} inputs consumed, ${session.deltas} deltas applied`);
}

/** The stamp is the client's own, so it may well be the time. */
async function measure(session) {
  const stamp = Math.floor(performance.now() * 1000);
  session.send(ping(session.welcome.generation, stamp));
  await session.until(() => session.pongs.length > 0, "a PONG");
  const [pong] = session.pongs;
  must(pong.stamp === stamp && pong.left === 0, "P13", `stamp ${pong.stamp}, ${pong.left} bytes left over`);
  ok("P13", `${session.label}: there and back in ${Math.floor(performance.now() * 1000) - stamp} µs`);
}

async function replyTo(session, bytes, actionSeq) {
  const { length } = session.replies;
  session.send(bytes);
  await session.until(() => session.replies.length > length, `a REPLY to action ${actionSeq}`);
  const reply = session.replies[length];
  must(reply.actionSeq === actionSeq, "P8", `a REPLY to action ${reply.actionSeq} instead of ${actionSeq}`);
  return reply;
}

function firstAction({ schema, welcome, eventSeq }, actionSeq) {
  const [, args] = schema.actions[0];
  return action([welcome.generation, actionSeq, eventSeq, 0], initialBytes(args));
}

async function act(session) {
  const [name, , result] = session.schema.actions[0];
  const actionSeq = session.welcome.actionSeq + 1;
  const bytes = firstAction(session, actionSeq);
  const { errorCode, rest } = await replyTo(session, bytes, actionSeq);
  const answer = errorCode || JSON.stringify(readValue(result, new Reader(rest)));
  ok("P9", `${session.label}: ${name} is answered: ${answer}`);
  const again = await replyTo(session, bytes, actionSeq);
  must(again.errorCode === errorCode && again.rest.equals(rest), "P8", "one actionSeq has two answers");
  ok("P8", `${session.label}: the same actionSeq, the same answer`);
  ok(
    "P6",
    `${session.label}: events without a gap: ${session.events.map((event) => event.name).join(", ") || "none"}`,
  );
  session.send(frame(ACK, encodeProto(session.welcome.generation, session.eventSeq)));
}

/** Cuts the socket right after an action, comes back, and sends the action again. */
async function comeBack(session, url) {
  const { generation, sessionId, resumeKey, actionSeq } = session.welcome;
  const pending = actionSeq + 2;
  session.send(firstAction(session, pending));
  session.cut();
  const resume = encodeProto(VERSION, sessionId, resumeKey, session.epoch, session.eventSeq);
  const frames = await session.open(url, frame(RESUME, resume));
  must(
    frames.slice(0, 3).join() === [WELCOME, RESYNC, STATE].join(),
    "S2",
    `the answer has frames ${frames}`,
  );
  must(session.welcome.generation === generation + 1, "S2", `generation ${session.welcome.generation}`);
  must(session.welcome.resumeKey !== resumeKey, "S1", "the resume key is the same");
  ok("S2", `${session.label}: WELCOME, RESYNC (${session.resyncReason}), a snapshot of tick ${session.tick}`);
  await replyTo(session, firstAction(session, pending), pending);
  ok("S3", `${session.label}: the action whose REPLY did not come is answered`);
  session.startInputs();
  const last = session.sentInput;
  await session.until(() => session.consumedInput > last, "inputs consumed after RESUME");
  ok("P4", `${session.label}: inputs are consumed after RESUME`);
}

async function takeOver(player, older) {
  const { welcome, schema } = older;
  const seat = await player.freshSeat(welcome.roomId);
  const newer = await sitDown(player, seat, schema, welcome.wireFingerprint);
  await older.until(() => older.closed, "the end of the older session");
  const { code, reason } = older.closed;
  must(
    code >= 4500 && reason.startsWith("SESSION_SUPERSEDED:"),
    "H6",
    `the older ended with ${code} ${reason}`,
  );
  ok("H6", `${player.label}: the older session ended with ${code} ${reason}`);
  return newer;
}

async function leave(session) {
  session.stopInputs();
  session.send(frame(LEAVE, encodeProto(session.welcome.generation)));
  await session.until(() => session.closed, "the end after LEAVE");
  must(session.closed.code === 1000, "P11", `closed with ${session.closed.code} ${session.closed.reason}`);
  ok("P11", `${session.label}: left`);
}

async function journey(base, queue, join) {
  checkBytes();
  const players = [new Player(base, "first"), new Player(base, "second")];
  for (const player of players) await player.becomeGuest();
  await Promise.all(players.map((player) => player.postTicket(queue, join)));
  const seats = await Promise.all(players.map((player) => player.waitForSeat()));
  must(seats[0].roomId === seats[1].roomId, "1", `two rooms: ${seats[0].roomId} and ${seats[1].roomId}`);
  const [session, watcher] = await Promise.all(players.map((player, i) => sitDown(player, seats[i])));
  await play(session, watcher);
  await measure(session);
  await act(session);
  await comeBack(session, seats[0].url);
  const newer = await takeOver(players[0], session);
  await play(newer, watcher);
  await Promise.all([newer, watcher].map(leave));
}

const [base, queue = "ffa", join = '{ "name": "Foreign" }'] = process.argv.slice(2);
try {
  if (!base) throw new Error("usage: node client.mjs <base url> [queue] [join json]");
  const late = sleep(DEADLINE_MS - 500).then(() => must(false, "client", "not done in 20 s"));
  await Promise.race([journey(base.replace(/\/$/, ""), queue, JSON.parse(join)), late]);
  process.exit(0);
} catch (error) {
  console.error(`not ok ${error.message}${error.cause ? `: ${error.cause.message}` : ""}`);
  process.exit(1);
}
