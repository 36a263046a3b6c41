"""The vendors' own SDKs, pointed at a gateway as a user would: base URL and key, nothing else."""

from typing import Any

import anthropic
import openai
from google import genai
from running import SECRET, RunningGateway


def openai_client(gateway: RunningGateway, key: str = SECRET, **options: Any) -> openai.OpenAI:
    return openai.OpenAI(**{"base_url": f"{gateway.url}/v1", "api_key": key, "max_retries": 0, **options})


def openai_async_client(gateway: RunningGateway, **options: Any) -> openai.AsyncOpenAI:
    known = {"base_url": f"{gateway.url}/v1", "api_key": SECRET, "max_retries": 0}
    return openai.AsyncOpenAI(**{**known, **options})


def azure_client(gateway: RunningGateway, key: str = SECRET, **options: Any) -> openai.AzureOpenAI:
    known = {"azure_endpoint": gateway.url, "api_version": "2024-10-21", "api_key": key, "max_retries": 0}
    return openai.AzureOpenAI(**{**known, **options})


def anthropic_client(gateway: RunningGateway, key: str = SECRET, **options: Any) -> anthropic.Anthropic:
    return anthropic.Anthropic(**{"base_url": gateway.url, "api_key": key, "max_retries": 0, **options})


def anthropic_async_client(gateway: RunningGateway, **options: Any) -> anthropic.AsyncAnthropic:
    known = {"base_url": gateway.url, "api_key": SECRET, "max_retries": 0}
    return anthropic.AsyncAnthropic(**{**known, **options})


def gemini_client(gateway: RunningGateway, key: str = SECRET, **options: Any) -> genai.Client:
    return genai.Client(api_key=key, http_options={"base_url": gateway.url, **options})
