// Calls to the gateway. The session's cookie is not readable here; every call carries the header that the
// gateway asks for on changes, which a page of another origin cannot set.

export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

async function call(method: "GET" | "POST", path: string): Promise<Response> {
  const response = await fetch(path, {
    method,
    headers: { accept: "application/json", "x-medseal": "dashboard" },
    credentials: "same-origin",
  });
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

export async function post(path: string): Promise<void> {
  await call("POST", path);
}
