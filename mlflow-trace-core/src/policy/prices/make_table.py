"""Writes table.txt, the prices that ship, from the catalogue of the installed MLflow: `make_table.py` prints it.

The well-known providers come whole. Of all others the names are kept, so that no price is guessed for their models. A
model without a provider is looked for in every provider's list, in MLflow's order; where the lists that ship would give
another price than all lists do, the section without a name has MLflow's answer."""

import importlib.metadata
import json
import sys

from mlflow.utils import providers

WELL_KNOWN = [
    "anthropic", "azure", "bedrock", "cohere", "cohere_chat", "databricks", "deepseek", "gemini", "groq", "mistral",
    "ollama", "openai", "perplexity", "vertex_ai", "voyage", "xai",
]
FIELDS = [
    "input_per_million_tokens", "output_per_million_tokens", "cache_read_per_million_tokens",
    "cache_write_per_million_tokens", "cache_write_1hr_per_million_tokens",
]


def models(provider):
    """The prices of a provider's models, with None for what is not priced."""
    with providers._catalog_pkg().joinpath(f"{provider}.json").open(encoding="utf-8") as file:
        entries = json.load(file).get("models", {})
    return {name: [(entry.get("pricing") or {}).get(field) for field in FIELDS] for name, entry in entries.items()}


def scan(catalogue, name):
    """As mlflow.utils.providers looks for a model without a provider."""
    fallback = None
    for provider in sorted(catalogue):
        if prices := catalogue[provider].get(name):
            if prices[0]:
                return prices
            fallback = fallback or prices
    return fallback


def number(price):
    if price is None:
        return "-"
    return repr(int(price)) if price == int(price) else repr(price)


def section(name, prices_of):
    by_prices = {}
    for model, prices in sorted(prices_of.items()):
        assert not any(letter in model for letter in " ,\t"), model
        line = " ".join(map(number, prices))
        while line.endswith(" -"):
            line = line.removesuffix(" -")
        by_prices.setdefault(line, []).append(model)
    return [f"[{name}]"] + [f"{line}: {' '.join(names)}" for line, names in sorted(by_prices.items())]


def table():
    everything = {provider: models(provider) for provider in providers._list_provider_names()}
    shipped = {provider: everything[provider] for provider in WELL_KNOWN}
    others = sorted(set(everything) - set(WELL_KNOWN))
    names = {model for provider in shipped.values() for model in provider}
    answers = {name: scan(everything, name) for name in names}
    differing = {name: prices for name, prices in answers.items() if prices != scan(shipped, name)}
    lines = [
        f"# Made by make_table.py from MLflow {importlib.metadata.version('mlflow')}; not to be changed by hand.",
        "# US dollars for a million tokens: input, output, read from the cache, written to it, written for an hour.",
        f"others: {' '.join(others)}",
    ]
    for provider, prices in [("", differing), *sorted(shipped.items())]:
        lines += section(provider, prices)
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(table())
