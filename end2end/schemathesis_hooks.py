"""How Schemathesis reads our YAML: a manifest is a stream of documents (RFC 9512, section 3), of which it takes one.

Checks nothing by itself.
"""

import schemathesis
import yaml


# The first of a family that is registered reads all of the family.
@schemathesis.deserializer("text/yaml", "application/yaml")
def documents(_context, response):
    """All documents of a stream; the only one where there is one."""
    found = list(yaml.safe_load_all(response.text))
    return found[0] if len(found) == 1 else found
