// Package bridge describes the OpenStack Terraform provider to Pulumi's bridge, under the names that the npm package
// @pulumi/openstack uses.
package bridge

import (
	"strings"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
	sdkv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/terraform-provider-openstack/terraform-provider-openstack/v3/openstack"
)

const Name = "openstack"

// Version is the release of @pulumi/openstack that this plugin stands in for: it embeds the same Terraform provider.
// The build sets it (-X), so that openstack/plugin.ts is the one place that names it.
var Version string

// Provider maps the tables in names.go and leaves every other resource of the Terraform provider out.
func Provider() tfbridge.ProviderInfo {
	info := tfbridge.ProviderInfo{
		P:       sdkv2.NewProvider(openstack.Provider()),
		Name:    Name,
		Version: Version,
		// An SDK made from the schema carries the plugin's version, as the published one does.
		JavaScript:  &tfbridge.JavaScriptInfo{RespectSchemaVersion: true},
		Resources:   map[string]*tfbridge.ResourceInfo{},
		DataSources: map[string]*tfbridge.DataSourceInfo{},
	}
	for terraformName, name := range resourceNames {
		info.Resources[terraformName] = &tfbridge.ResourceInfo{Tok: tokens.Type(token(name))}
	}
	for terraformName, name := range dataSourceNames {
		info.DataSources[terraformName] = &tfbridge.DataSourceInfo{Tok: tokens.ModuleMember(token(name))}
	}
	info.P.ResourcesMap().Range(func(name string, _ shim.Resource) bool {
		if _, mapped := info.Resources[name]; !mapped {
			info.IgnoreMappings = append(info.IgnoreMappings, name)
		}
		return true
	})
	info.P.DataSourcesMap().Range(func(name string, _ shim.Resource) bool {
		if _, mapped := info.DataSources[name]; !mapped {
			info.IgnoreMappings = append(info.IgnoreMappings, name)
		}
		return true
	})
	// Nova, Neutron and Glance all accept names of up to 255 characters.
	info.SetAutonaming(255, "-")
	return info
}

// token turns "networking/SubnetRoute" into "openstack:networking/subnetRoute:SubnetRoute".
func token(name string) string {
	module, member, _ := strings.Cut(name, "/")
	return Name + ":" + module + "/" + strings.ToLower(member[:1]) + member[1:] + ":" + member
}
