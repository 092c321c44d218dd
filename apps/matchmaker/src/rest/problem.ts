import { InputError } from "@warren/kernel";
import { ERRORS, type ErrorCode, WarrenError } from "@warren/protocol";
import { type Logger, problemOf } from "@warren/service";
import type { FastifyError, FastifyInstance, FastifyReply } from "fastify";
import type { MatchmakerMetrics } from "../metrics.ts";

const problemSchema = {
  type: "object",
  description: "RFC 9457 problem",
  required: ["type", "title", "status", "code", "detail", "retry"],
  additionalProperties: true,
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    code: { type: "string", enum: Object.keys(ERRORS) },
    detail: { type: "string", description: "What was wrong, with the value and the accepted range" },
    field: { type: "string", description: "The part of the request it is about, or the limit that was met" },
    retry: { type: "string", enum: ["never", "later", "resume", "reseat"] },
  },
} as const;

const OF_FASTIFY: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: "MALFORMED_JSON",
  FST_ERR_CTP_EMPTY_JSON_BODY: "MALFORMED_JSON",
  FST_ERR_CTP_BODY_TOO_LARGE: "BODY_TOO_LARGE",
  FST_ERR_BAD_URL: "INVALID_ARGUMENT",
  FST_ERR_MAX_PARAM_LENGTH: "ROUTE_NOT_FOUND",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "UNSUPPORTED_MEDIA_TYPE",
};

/** Turns whatever was thrown into one of our errors. */
export function toWarrenError(error: unknown): WarrenError {
  const { code, validation, validationContext, message, statusCode } = error as Partial<FastifyError>;
  if (validation?.[0]) return WarrenError.from(notAccepted(validation[0], validationContext ?? "request"));
  const known = code === undefined ? undefined : OF_FASTIFY[code];
  if (known)
    return new WarrenError(
      known,
      message,
      known === "INVALID_ARGUMENT" ? { details: { field: "path" } } : {},
    );
  if (error instanceof SyntaxError && statusCode === 400) return new WarrenError("MALFORMED_JSON", message);
  return WarrenError.from(error);
}

/** What a schema refused, with the part of it that Ajv adds when it is verbose. */
interface Refused {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string | undefined;
  readonly data?: unknown;
  readonly parentSchema?: { readonly properties?: Readonly<Record<string, { type?: string }>> };
}

/** Ajv's finding in the words of every other error: the field, what it was, and what is accepted. */
function notAccepted(refused: Refused, context: string): InputError {
  const { keyword, instancePath, params, message = "", data, parentSchema } = refused;
  const path = instancePath.split("/").slice(1);
  const properties = parentSchema?.properties ?? {};
  if (keyword === "required") {
    const name = String(params["missingProperty"]);
    return new InputError([...path, name].join("."), undefined, properties[name]?.type ?? "a value");
  }
  if (keyword === "additionalProperties") {
    const name = String(params["additionalProperty"]);
    const value = (data as Record<string, unknown> | undefined)?.[name];
    return new InputError([...path, name].join("."), value, Object.keys(properties).join(", "));
  }
  const accepted = message.replace(/^must be /, "").replace(/^must NOT have/, "no");
  return new InputError(path.join(".") || context, data, accepted);
}

export function sendProblem(reply: FastifyReply, error: WarrenError): FastifyReply {
  const { http } = ERRORS[error.code];
  // The rate limit has its own word on when to try again.
  if (http === 429 && !reply.hasHeader("retry-after"))
    void reply.header("retry-after", retryAfterS(error.details["retryAfterMs"]));
  return reply.code(http).type("application/problem+json").send(problemOf(error));
}

function retryAfterS(retryAfterMs: unknown): number {
  return typeof retryAfterMs === "number" ? Math.max(1, Math.ceil(retryAfterMs / 1_000)) : 1;
}

/** As a response of the contract. */
export const problemResponse = {
  description: "RFC 9457 problem",
  content: { "application/problem+json": { schema: problemSchema } },
} as const;

/** Every error of every route is a problem; an unknown path is told from a wrong method. */
export function installProblems(app: FastifyInstance, log: Logger, metrics: MatchmakerMetrics): void {
  const methodsOf = new Map<string, Set<string>>();
  app.addHook("onRoute", ({ url, method }) => {
    const methods = methodsOf.get(url) ?? new Set();
    methodsOf.set(url, methods);
    for (const name of [method].flat()) methods.add(name);
  });
  app.setErrorHandler((error, request, reply) => {
    const ours = toWarrenError(error);
    metrics.problems.inc({ code: ours.code });
    if (ours.code === "INTERNAL")
      log.error(
        { event: "http.failed", route: request.routeOptions.url, err: ours.cause ?? ours },
        "a request failed",
      );
    void sendProblem(reply, ours);
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split("?")[0] ?? "";
    const allowed = [...methodsOf].find(([url]) => matches(url, path))?.[1];
    if (!allowed)
      return sendProblem(
        reply,
        new WarrenError("ROUTE_NOT_FOUND", `path is ${path.slice(0, 200)}; see /openapi.json`),
      );
    const list = [...allowed].filter((method) => method !== "HEAD").join(", ");
    void reply.header("allow", list);
    return sendProblem(
      reply,
      new WarrenError("METHOD_NOT_ALLOWED", `method is ${request.method}; accepted: ${list}`),
    );
  });
}

function matches(pattern: string, path: string): boolean {
  const want = pattern.split("/");
  const have = path.split("/");
  return want.length === have.length && want.every((part, i) => part.startsWith(":") || part === have[i]);
}
