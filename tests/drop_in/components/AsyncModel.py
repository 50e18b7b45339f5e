"""Coroutines, and the headers of the request."""

import asyncio

from flask import request


class AsyncModel:
    async def load(self):
        await asyncio.sleep(0)
        self.ready = True

    async def predict(self, X, names, meta=None):
        await asyncio.sleep(0.001)
        return {"ready": self.ready, "tenant": request.headers.get("X-Tenant")}
