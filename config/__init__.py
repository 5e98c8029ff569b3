"""The top floor: settings, addresses, tasks, the demonstration. It wires everything and knows everything."""
