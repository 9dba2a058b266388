"""Looks at a house by MCP: an address over HTTP, anything else as a command over standard input and output."""

import asyncio
import json
import sys

from mcp import Client, StdioServerParameters


async def main():
    first, *rest = sys.argv[1:]
    server = first if first.startswith("http") else StdioServerParameters(command=first, args=rest)
    async with Client(server, read_timeout_seconds=60) as house:
        tools = await house.list_tools()
        resources = await house.list_resources()
        templates = await house.list_resource_templates()
        configuration = await house.read_resource("house://configuration")
        found = await house.call_tool("find", {"limit": 3})
        refused = await house.call_tool("say", {"sentence": "put the house in away mode"})
        print(json.dumps({
            "version": house.protocol_version,
            "tools": [tool.name for tool in tools.tools],
            "resources": [str(it.uri) for it in resources.resources],
            "templates": [it.uri_template for it in templates.resource_templates],
            "configuration": json.loads(configuration.contents[0].text),
            "found": found.structured_content,
            "refused": refused.is_error,
        }))


asyncio.run(main())
