"""The voice engine over HTTP: ChatTTS's own request, OpenAI's, and what operators ask for."""
