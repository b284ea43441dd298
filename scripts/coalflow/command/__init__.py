"""The command `coalflow`: models used without a workflow."""
