"""The lowest and the highest value that a scenario parameter may take in a run."""

from coalflow import scenarios


def extreme(simulation, name, choose):
    """Return the place and the largest or smallest value that a parameter may take."""
    if name in simulation.get("grid", {}):
        return ("simulation", "grid", name), choose(simulation["grid"][name])
    if name in simulation.get("prior", {}):
        (values,) = simulation["prior"][name].values()
        return ("simulation", "prior", name), choose(values)
    if name in scenarios.PLACES:
        return ("simulation", name), scenarios.single_value(simulation, name)
    return ("simulation", name), simulation.get(name)
