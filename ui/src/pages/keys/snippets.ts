/** Lines that call the gateway with a key, ready to be pasted. */

export interface Snippet {
  id: string;
  name: string;
  code: string;
}

export function snippets(gateway: string, secret: string): Snippet[] {
  const root = gateway.replace(/\/(v1\/?)?$/, "");
  return [
    {
      id: "openai",
      name: "OpenAI SDK",
      code: `from openai import OpenAI

client = OpenAI(base_url="${root}/v1", api_key="${secret}")
reply = client.chat.completions.create(
    model="gpt-5-mini", messages=[{"role": "user", "content": "Hello"}]
)
print(reply.choices[0].message.content)`,
    },
    {
      id: "anthropic",
      name: "Anthropic SDK",
      code: `from anthropic import Anthropic

client = Anthropic(base_url="${root}", api_key="${secret}")
reply = client.messages.create(
    model="claude-haiku-4-5", max_tokens=200, messages=[{"role": "user", "content": "Hello"}]
)
print(reply.content[0].text)`,
    },
    {
      id: "gemini",
      name: "Gemini SDK",
      code: `from google import genai

client = genai.Client(api_key="${secret}", http_options={"base_url": "${root}"})
print(client.models.generate_content(model="gemini-2.5-flash", contents="Hello").text)`,
    },
    {
      id: "curl",
      name: "curl",
      code: `curl ${root}/v1/chat/completions \\
  -H "Authorization: Bearer ${secret}" -H "Content-Type: application/json" \\
  -d '{"model": "gpt-5-mini", "messages": [{"role": "user", "content": "Hello"}]}'`,
    },
  ];
}
