// Command pulumi-resource-openstack is the resource plugin for OpenStack that the program's resources and look-ups ask for.
package main

import (
	// schema.json is made by ./generate at build time and never committed.
	_ "embed"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"

	"ovb/pulumi-resource-openstack/bridge"
)

//go:embed schema.json
var schema []byte

func main() {
	tfbridge.Main(bridge.Name, bridge.Version, bridge.Provider(), schema)
}
