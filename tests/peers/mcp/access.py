"""Gets access to a house of production by OAuth as an MCP client does, and uses it; here a browser's part is played over
HTTP by somebody who signs in with NAME and PASSWORD, and says yes to all that is asked but what is private."""

import asyncio
import json
import sys
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx2
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata


class Storage:
    """What the client keeps."""

    tokens = client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client


class Person:
    """Who sits at the browser."""

    def __init__(self, base, name, password):
        self.base, self.login, self.back = base, {"name": name, "password": password}, None
        self.asked = []

    async def goes_to(self, url):
        assert url.startswith(f"{self.base}/authorize?"), url
        request = dict(parse_qsl(urlsplit(url).query))
        async with httpx2.AsyncClient(base_url=self.base) as browser:
            me = (await browser.post("/api/auth/login", json=self.login)).json()["me"]
            shown = (await browser.get("/api/oauth/authorization", params=request)).json()
            self.asked = [it["scope"] for it in shown["scopes"]]
            said = {"request": request, "scopes": [it for it in self.asked if it != "private"]}
            headers = {"x-csrf-token": me["csrf"]}
            answer = await browser.post("/api/oauth/authorization", json=said, headers=headers)
            self.back = parse_qs(urlsplit(answer.json()["redirect_to"]).query)

    async def comes_back(self):
        code, state, iss = (self.back[name][0] for name in ("code", "state", "iss"))
        return AuthorizationCodeResult(code=code, state=state, iss=iss)


async def main():
    base, name, password = sys.argv[1:]
    storage, person = Storage(), Person(base, name, password)
    metadata = OAuthClientMetadata(client_name="Reference client", redirect_uris=["http://127.0.0.1:3030/callback"])
    provider = OAuthClientProvider(f"{base}/mcp", metadata, storage, person.goes_to, person.comes_back)
    async with httpx2.AsyncClient(auth=provider, timeout=60) as http:
        async with Client(streamable_http_client(f"{base}/mcp", http_client=http)) as house:
            tools = [tool.name for tool in (await house.list_tools()).tools]
            found = await house.call_tool("find", {"limit": 3})
            first = storage.tokens
            # A quarter of an hour later.
            provider.context.token_expiry_time = 1
            again = await house.call_tool("find", {"limit": 1})
        elsewhere = await httpx2.AsyncClient().get(
            f"{base}/api/devices", headers={"authorization": f"Bearer {storage.tokens.access_token}"})
        print(json.dumps({
            "asked": person.asked,
            "scope": storage.tokens.scope,
            "tools": tools,
            "found": found.structured_content,
            "again": again.structured_content,
            "refreshed": first.refresh_token != storage.tokens.refresh_token,
            "elsewhere": elsewhere.status_code,
        }))


asyncio.run(main())
