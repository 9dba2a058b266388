//! REST, WebSocket, OpenAPI, metrics and the embedded page.
