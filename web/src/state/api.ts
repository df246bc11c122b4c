// Calls to the gateway. The session's cookie is not readable here; every call carries the header that the
// gateway asks for on changes, which a page of another origin cannot set.

export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

type Body = { json: unknown } | { text: string };

async function call(method: "GET" | "POST" | "PUT" | "DELETE", path: string, body?: Body): Promise<Response> {
  const headers: Record<string, string> = { accept: "application/json", "x-medseal": "dashboard" };
  if (body !== undefined) headers["content-type"] = "json" in body ? "application/json" : "text/plain; charset=utf-8";
  const bytes = body === undefined ? null : "json" in body ? JSON.stringify(body.json) : body.text;
  let response: Response;
  try {
    response = await fetch(path, { method, headers, body: bytes, credentials: "same-origin" });
  } catch {
    throw new ApiError(0, "The gateway does not answer. Is this computer still on the network?");
  }
  if (response.status === 401) {
    window.location.assign("/sign-in");
  }
  if (!response.ok) {
    const body = (await response.json().catch(() => undefined)) as { error?: string } | undefined;
    throw new ApiError(response.status, body?.error ?? `The gateway answered ${response.status}.`);
  }
  return response;
}

export async function get<T>(path: string): Promise<T> {
  return (await (await call("GET", path)).json()) as T;
}

/** Changes something and gives what the gateway says of it afterwards. */
export async function post<T>(path: string, body?: Body): Promise<T> {
  return (await (await call("POST", path, body)).json()) as T;
}

export async function put<T>(path: string, body: Body): Promise<T> {
  return (await (await call("PUT", path, body)).json()) as T;
}

/** Takes something back and gives what holds afterwards. */
export async function remove<T>(path: string): Promise<T> {
  return (await (await call("DELETE", path)).json()) as T;
}

/** What went wrong, in words. */
export function wordsOf(fault: unknown): string {
  return fault instanceof Error ? fault.message : String(fault);
}
