"""The MemOS extraction API and pipeline: wire, codes, languages, prompts, replies. Cloud, local and server share it."""
