import {
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  ServerListenerBuilder,
  status,
} from "@grpc/grpc-js";
import { WarrenError } from "@warren/protocol";
import { toServiceError } from "./grpc.ts";
import { METHOD_ROLES } from "./method-roles.ts";
import { roleOf } from "./role.ts";

/** Refuses with FORBIDDEN every call that the role in the caller's certificate may not make. */
export const checkRole: ServerInterceptor = ({ path }, call) =>
  new ServerInterceptingCall(call, {
    start(next) {
      const listener = new ServerListenerBuilder().withOnReceiveMetadata((metadata, pass) => {
        const refusal = refusalOf(path, call);
        if (refusal === undefined) return pass(metadata);
        const { metadata: trailer = null } = toServiceError(new WarrenError("FORBIDDEN", refusal));
        call.sendStatus({ code: status.PERMISSION_DENIED, details: refusal, metadata: trailer });
      });
      next(listener.build());
    },
  });

/** Why the caller may not call the method; undefined: it may. */
function refusalOf(path: string, call: ServerInterceptingCallInterface): string | undefined {
  const roles = METHOD_ROLES.get(path) ?? [];
  const certificate = call.getAuthContext().sslPeerCertificate;
  const role = certificate && roleOf({ subjectAltName: certificate.subjectaltname ?? "" });
  if (role !== undefined && roles.includes(role)) return undefined;
  const who = role === undefined ? "a certificate without a role" : `the role ${role}`;
  return `${who} may not call ${path}; accepted: ${roles.join(", ") || "nobody"}`;
}
