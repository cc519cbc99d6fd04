"""Fine-tuning of Qwen2-Audio, copied as it stands: its imports are relative, and none is of antifraud."""
